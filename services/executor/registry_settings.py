"""The settings of deployed agents, a part of the executor's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.front.settings_fields import one_of

ANY_BUNDLE: Final = "any"
DEPLOYED: Final = "deployed"


@dataclass(frozen=True)
class RegistrySettings:
    """What may run.

    Attributes:
        bundles: which bundles runs may use: ``any``, by bytes, URL or digest, or only those of
            ``deployed`` agents.
    """

    bundles: str = one_of(ANY_BUNDLE, (ANY_BUNDLE, DEPLOYED))
