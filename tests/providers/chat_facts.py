"""The providers that speak OpenAI's chat form."""

from __future__ import annotations

from tests.providers.chinese_facts import CHINESE
from tests.providers.host_facts import HOSTS
from tests.providers.maker_facts import MAKERS

CHAT = (*MAKERS, *CHINESE, *HOSTS)
