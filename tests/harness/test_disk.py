"""What a power loss leaves on a disk."""

from __future__ import annotations

from random import Random

from flue_conformance.harness.power import Disk

LONG = bytes(range(256)) * 64
NEW, OLD = "/data/new", "/data/old"


def disk_with(**contents: bytes) -> Disk:
    return Disk({f"/data/{name}": data for name, data in contents.items()})


def test_what_was_written_is_lost_until_it_is_synced() -> None:
    disk = disk_with(old=b"before")
    disk.write(disk.live[OLD], 0, b"AFTER!")
    assert disk.contents() == {OLD: b"AFTER!"}
    assert disk.durable() == {OLD: b"before"}
    assert disk.unsynced() == {OLD: "1 write of 6 bytes"}
    disk.sync(disk.live[OLD], disk.time)
    assert disk.durable() == {OLD: b"AFTER!"}
    assert disk.unsynced() == {}


def test_a_sync_is_not_about_what_was_written_since_it_began() -> None:
    disk = disk_with(old=b"....")
    disk.write(disk.live[OLD], 0, b"ab")
    began = disk.time
    disk.write(disk.live[OLD], 2, b"cd")
    disk.sync(disk.live[OLD], began)
    assert disk.durable() == {OLD: b"ab.."}


def test_a_new_file_is_there_once_it_or_its_folder_was_synced() -> None:
    disk = disk_with()
    file = disk.create(NEW)
    disk.write(file, 0, b"x")
    assert disk.durable() == {}
    disk.sync_directory("/elsewhere", disk.time)
    assert disk.durable() == {}
    disk.sync_directory("/data", disk.time)
    assert disk.durable() == {NEW: b""}
    disk.sync(file, disk.time)
    assert disk.durable() == {NEW: b"x"}

    other = disk_with()
    other.sync(other.create(NEW), other.time)
    assert other.durable() == {NEW: b""}


def test_a_new_name_counts_once_its_folder_was_synced() -> None:
    disk = disk_with(old=b"old", new=b"new")
    disk.rename(NEW, OLD)
    assert disk.contents() == {OLD: b"new"}
    assert disk.durable() == {OLD: b"old", NEW: b"new"}
    disk.sync_directory("/data", disk.time)
    assert disk.durable() == {OLD: b"new"}


def test_a_removal_counts_at_once() -> None:
    disk = disk_with(old=b"old")
    disk.create(NEW)
    disk.rename(NEW, "/data/newer")
    for path in (OLD, "/data/newer"):
        disk.remove(path)
    disk.sync_all(disk.time)
    assert disk.durable() == {}


def test_a_write_through_takes_nothing_else_along() -> None:
    disk = disk_with(old=b"....")
    disk.write(disk.live[OLD], 0, b"ab")
    disk.write(disk.live[OLD], 2, b"cd", through=True)
    assert disk.durable() == {OLD: b"..cd"}


def test_sizes_reach_the_disk_in_order() -> None:
    disk = disk_with(old=LONG)
    disk.resize(disk.live[OLD], 0)
    disk.write(disk.live[OLD], 0, b"new")

    left = {disk.torn(Random(seed))[OLD] for seed in range(50)}

    assert left == {LONG, b"", b"new"}


def test_a_torn_write_leaves_some_of_its_sectors() -> None:
    disk = disk_with(old=bytes(len(LONG)))
    disk.write(disk.live[OLD], 0, LONG)

    left = [disk.torn(Random(seed))[OLD] for seed in range(200)]

    sectors = [
        tuple(data[place : place + 4096] for place in range(0, 16384, 4096)) for data in left
    ]
    assert len(set(sectors)) == 2**4
    assert {sector for some in sectors for sector in some} == {bytes(4096), LONG[:4096]}


def test_the_same_seed_tears_in_the_same_way() -> None:
    disk = disk_with(old=bytes(len(LONG)))
    disk.write(disk.live[OLD], 100, LONG)
    assert disk.torn(Random(7)) == disk.torn(Random(7))
