"""Who is there when a server starts on an empty folder: a small studio."""

from __future__ import annotations

from tests.servers.drive.items import Account, Item, SharedDrive
from tests.servers.drive.settings import FOLDER, GB
from tests.servers.drive.world import World

SERVICE = "syncgui@studio-project.iam.gserviceaccount.com"
OLDER = "older@studio-project.iam.gserviceaccount.com"
USER = "artist@studio.example"
DRIVE = "Studio"
SHARED_FOLDER = "Shared projects"


def furnish(world: World) -> SharedDrive:
    """Add what is missing: a user, two service accounts, a shared drive, a folder shared with the two.

    The service account has no storage and may act for the user, the older one has 15 GB. On the shared drive
    the service accounts are content managers, the user is its manager.
    """
    if USER not in world.accounts:
        world.add_account(Account(USER, "user", "An Artist", 15 * GB))
        world.add_account(Account(SERVICE, "service", "syncgui", 0, acts_for=(USER,)))
        world.add_account(Account(OLDER, "service", "older", 15 * GB))
    drive = next((one for one in world.drives.values() if one.name == DRIVE), None)
    if drive is None:
        now = world.now_ms()
        members = {USER: "organizer", SERVICE: "fileOrganizer", OLDER: "fileOrganizer"}
        drive = SharedDrive(world.ids.new_root(), DRIVE, members, created_ms=now)
        world.add_drive(drive)
        world.put(
            Item(
                id=world.ids.new(),
                name=SHARED_FOLDER,
                mime_type=FOLDER,
                parent=world.accounts[USER].root,
                owner=USER,
                created_ms=now,
                modified_ms=now,
                shares={SERVICE: "writer", OLDER: "writer"},
                shared_ms={SERVICE: now, OLDER: now},
                creator=USER,
                order=world.next_order(),
            )
        )
    return drive
