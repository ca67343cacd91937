#!/usr/bin/env python3
"""Looks at every kind of page in a real browser, wide and light and as a dark phone shows it.

    page_faults.py STORE WORLD ACCOUNTS AXE PICTURES

STORE is a running store with demo data and an admin, WORLD the windows into the world it buys from, which
is the first of two: the other one has more warehouses and trucks than a page. ACCOUNTS is a file with a line
"E-MAIL PASSWORD" for each account, AXE the script axe.min.js, PICTURES a folder for screenshots. Fails where
axe finds something, where a page is wider than its window, where more than 100 kB are sent for it, where it
is not the page that was asked for or shows what is hidden, or where the browser complains. The windows are
also looked at without scripts. Needs selenium and chromedriver.
"""

import json
import pathlib
import re
import sys
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

BYTES_MAX = 100_000
PATIENCE_S = 30

VISITOR = ["/", "/catalog?q=lamp", "/catalog?q=nothing+of+this+name", "/products/1", "/sellers/1", "/cart", "/login",
           "/register", "/docs", "/nothing"]
BUYER = ["/", "/products/1", "/products/1/review", "/cart", "/checkout", "/orders", "/notices", "/reviews", "/account",
         "/account/email", "/account/sessions", "/account/tokens", "/account/password", "/account/delete", "/selling"]
SELLER = ["/selling", "/selling/listings", "/selling/listings/1", "/selling/offer", "/selling/offer/new",
          "/selling/orders", "/selling/export", "/selling/name"]
ADMIN = ["/admin", "/admin/warehouses", "/admin/warehouses/1", "/admin/world", "/admin/carrier", "/admin/messages",
         "/admin/actors", "/admin/actors/package", "/admin/accounts", "/admin/accounts/1", "/admin/audit"]
WINDOWS = ["/", "/?limit=1", "/worlds/1", "/worlds/1/trucks", "/worlds/1/warehouses", "/worlds/1/packages",
           "/worlds/1/packages?status=packing", "/worlds/1/packages?status=delivered", "/worlds/1/messages",
           "/worlds/2", "/worlds/2/trucks", "/worlds/2/warehouses", "/worlds/2/packages", "/worlds/2/messages",
           "/nothing"]
# Its answer is 404, which the browser reports.
MISSING = "/nothing"

SENT = "return performance.getEntriesByType('navigation')[0].encodedBodySize"
SHOWN_THOUGH_HIDDEN = """
const isShown = (part) => getComputedStyle(part).display !== 'none';
return [...document.querySelectorAll('[hidden]')].filter(isShown).map((part) => part.outerHTML.slice(0, 200));
"""
AXE = """
const done = arguments[0];
axe.run().then(({ violations }) => done(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`)));
"""


class Looker:
    """A browser with a window of some width. Without scripts, those of pages do not run; ours do."""

    def __init__(self, axe, pictures, width, scheme, scripts=True):
        self.axe, self.pictures, self.scripts = axe, pictures, scripts
        self.mark = f"{width}-{scheme}" + ("" if scripts else "-without-scripts")
        options = Options()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(argument)
        if not scripts:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    def find(self, css):
        return WebDriverWait(self.driver, PATIENCE_S).until(lambda driver: driver.find_element(By.CSS_SELECTOR, css))

    def log_in(self, store, email, password):
        self.driver.delete_all_cookies()
        self.driver.get(store + "/login")
        self.find("#email").send_keys(email)
        self.find("#password").send_keys(password)
        self.find("main form button[type=submit]").click()
        self.find("form[action='/logout']")

    def fill_cart(self, store):
        """So that the checkout has something to show."""
        self.driver.get(store + "/products/1")
        self.find("main button[formaction='/cart']").click()
        self.find("a[href='/checkout']")

    def an_order(self, store):
        self.driver.get(store + "/orders")
        return self.find("main a[href^='/orders/']").get_attribute("href").removeprefix(store)

    def look(self, who, site, paths):
        """What is wrong with each of the pages: a list for each."""
        for path in paths:
            yield [f"{who} {path} ({self.mark}): {fault}" for fault in self.faults(who, site, path)]

    def faults(self, who, site, path):
        self.driver.get(site + path)
        self.find("main")
        name = re.sub("[^a-z0-9]+", "-", path).strip("-") or "home"
        self.driver.save_screenshot(str(self.pictures / f"{who}-{name}-{self.mark}.png"))
        asked, shown = path.split("?")[0], self.driver.execute_script("return location.pathname")
        if shown != asked:
            yield f"leads to {shown}"
        excess = self.driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
        if excess > 0:
            yield f"is {excess} pixels wider than the window"
        size = self.driver.execute_script(SENT)
        if size > BYTES_MAX:
            yield f"is sent in {size} bytes"
        for words in self.driver.execute_script(SHOWN_THOUGH_HIDDEN):
            yield f"shows what is hidden: {words}"
        # It waits for what only a page with scripts has.
        if self.scripts:
            self.driver.execute_script(self.axe)
            yield from self.driver.execute_async_script(AXE)
        for line in self.driver.get_log("browser"):
            if line["level"] == "SEVERE" and path != MISSING:
                yield line["message"]


def accounts_in(file):
    """E-mail and password, by what is before the @."""
    words = [line.split() for line in pathlib.Path(file).read_text().splitlines() if "@" in line]
    return {email.split("@")[0]: (email, password) for email, password, *_ in words}


def look_at_store(looker, store, accounts):
    for who, paths in (("visitor", VISITOR), ("buyer", BUYER), ("seller", SELLER), ("admin", ADMIN)):
        if who != "visitor":
            looker.log_in(store, *accounts[who])
        if who == "buyer":
            looker.fill_cart(store)
        yield from looker.look(who, store, paths + ([looker.an_order(store)] if who == "buyer" else []))


def things_of_world(world):
    """The pages of a warehouse and of a package, one that has a past."""
    def first(path):
        with urllib.request.urlopen(f"{world}/api/v1/worlds/1/{path}limit=1") as answer:
            return json.load(answer)["items"][0]["id"]
    return [f"/worlds/1/warehouses/{first('warehouses?')}",
            f"/worlds/1/packages/{first('packages?status=delivered&')}"]


def main(store, world, accounts, axe, pictures):
    pictures = pathlib.Path(pictures)
    pictures.mkdir(parents=True, exist_ok=True)
    axe, accounts = pathlib.Path(axe).read_text(), accounts_in(accounts)
    windows, found = WINDOWS + things_of_world(world), []
    for width, scheme in ((1280, "light"), (360, "dark")):
        looker = Looker(axe, pictures, width, scheme)
        found += look_at_store(looker, store, accounts)
        found += looker.look("world", world, windows)
        looker.driver.quit()
    looker = Looker(axe, pictures, 360, "light", scripts=False)
    found += looker.look("world", world, windows)
    looker.driver.quit()
    faults = [fault for page in found for fault in page]
    print("\n".join(faults + [f"{len(found)} pages looked at, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
