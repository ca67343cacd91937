#!/usr/bin/env python3
"""Makes the pictures of the README's tour, from a running store with demo data and an admin.

    docs/tour/pictures.py STORE ACCOUNTS

The same as for tests/page_faults.py. Half as large as the pages are, to stay small.
"""

import base64
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent.parent / "tests"))
from page_faults import Looker, accounts_in  # noqa: E402

WIDTH, HEIGHT, SCALE = 1280, 820, 0.5


def take(looker, name):
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "scale": SCALE}
    taken = looker.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
    (HERE / f"{name}.png").write_bytes(base64.b64decode(taken["data"]))


def order_far_away(looker):
    """So far that its truck is on the road for the picture."""
    looker.driver.get(looker.store + "/products/1")
    for field, place in (("x", "160"), ("y", "-90")):
        field = looker.find(f"#{field}")
        field.clear()
        field.send_keys(place)
    looker.find("#order-now").click()
    looker.find("[data-order-status][data-status=delivering]")


def main(store, accounts):
    accounts = accounts_in(accounts)
    looker = Looker(store, "", HERE, WIDTH, "light")
    looker.driver.get(store + "/")
    take(looker, "home")
    looker.log_in(*accounts["buyer"])
    order_far_away(looker)
    take(looker, "order")
    for who, path, name in (("seller", "/selling", "selling"), ("admin", "/admin/messages", "messages")):
        looker.log_in(*accounts[who])
        looker.driver.get(store + path)
        looker.find("main")
        take(looker, name)
    looker.driver.quit()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
