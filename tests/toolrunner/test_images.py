"""A tenant that loads many programs evicts its own images, not those of others."""

from __future__ import annotations

from services.toolrunner.pool.images import Images
from tests.toolrunner.pools import tenant


def test_tenant_with_many_images_evicts_its_own() -> None:
    images = Images(4, 1000)
    images.keep("theirs", 10, tenant("quiet"))
    dropped = [images.keep(f"{number}", 10, tenant("busy")) for number in range(5)]
    assert dropped == [[], [], [], ["0"], ["1"]]
    assert "theirs" in images


def test_tenant_with_large_images_evicts_its_own() -> None:
    images = Images(100, 1000)
    images.keep("theirs", 100, tenant("quiet"))
    assert images.keep("large", 800, tenant("busy")) == []
    assert images.keep("larger", 900, tenant("busy")) == ["large"]
    assert "theirs" in images


def test_least_recently_used_image_is_evicted_and_newest_stays() -> None:
    images, whose = Images(2, 1000), tenant("a")
    images.keep("first", 10, whose)
    images.keep("second", 10, whose)
    images.use("first")
    assert images.keep("third", 10, whose) == ["second"]
    assert images.keep("huge", 5000, whose) == ["first", "third"]
    assert "huge" in images
    assert len(images) == 1
