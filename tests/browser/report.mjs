// Opens the access report in a real browser, as a file: searches, filters, sorts, turns pages and prints. No script error, no
// request, no violation that axe-core finds, in light and dark, wide and narrow. Arguments: the report, a folder for pictures.
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [report, pictures] = process.argv.slice(2).map((path) => resolve(path));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

for (const [colors, width] of [["light", 1280], ["dark", 1280], ["light", 400], ["dark", 400]]) {
  // The page's own policy forbids scripts from elsewhere, also the checker's.
  const context = await browser.newContext({ colorScheme: colors, viewport: { width, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`script error: ${error}`));
  page.on("console", (message) => message.type() === "error" && wrong.push(`console: ${message.text()}`));
  page.on("request", (request) => request.url().startsWith("file:") || request.url().startsWith("data:") || wrong.push(`request: ${request.url()}`));
  page.on("dialog", (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.goto(pathToFileURL(report).href);
  const rows = () => page.locator("tbody tr").count();
  const count = () => page.locator("#count").textContent();
  const all = Number((await count()).match(/^([\d,]+) of/)[1].replaceAll(",", ""));
  assert.ok(all > 0 && (await rows()) === Math.min(all, 250), await count());
  await page.screenshot({ path: join(pictures, `${colors}-${width}.png`), fullPage: width === 1280 && all < 100 });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);

  // Search, by keyboard.
  const first = await page.locator("tbody td").first().textContent();
  const word = first.split("@")[0];
  await page.locator("#search").focus();
  await page.keyboard.type(word);
  const text = (await page.locator("tbody").textContent()).toLowerCase();
  assert.ok((await rows()) > 0 && text.includes(word.toLowerCase()));
  await page.keyboard.press("Control+a");
  await page.keyboard.type("no such thing anywhere");
  assert.equal(await rows(), 0);
  await page.getByRole("button", { name: "Show all" }).click();
  await page.waitForFunction((all) => document.getElementById("count").textContent.startsWith(all), all.toLocaleString("en"));

  // Filters.
  for (const id of ["role", "place", "state", "source"]) {
    const values = await page.locator(`#${id} option`).evaluateAll((list) => list.map((it) => it.value));
    if (values.length > 1) {
      await page.selectOption(`#${id}`, values[1]);
      assert.ok((await rows()) > 0, `${id}: ${values[1]}`);
      await page.selectOption(`#${id}`, "");
    }
  }

  // Sort, where the headings are shown.
  if (width === 1280) {
    const users = () => page.locator("tbody tr td:first-child").evaluateAll((cells) => cells.map((cell) => cell.firstChild.textContent));
    const sorted = (list) => [...list].sort(new Intl.Collator("en", { numeric: true }).compare);
    const heading = page.getByRole("columnheader", { name: "User" }).getByRole("button");
    await heading.focus();
    await page.keyboard.press("Enter");
    const up = await users();
    assert.deepEqual(up, sorted(up));
    assert.equal(await page.locator("th[aria-sort=ascending]").count(), 1);
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("th[aria-sort=descending]").count(), 1);
    if (all > 250) {
      await page.getByRole("button", { name: "Next" }).click();
      assert.ok((await page.locator("#page").textContent()).startsWith("page 2 "));
    }
    await page.pdf({ path: join(pictures, `${colors}.pdf`) });
    assert.ok(statSync(join(pictures, `${colors}.pdf`)).size > 1000);
  } else {
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, "nothing is wider than the screen");
  }
  assert.deepEqual(wrong, []);
  await context.close();
}
await browser.close();
console.log("the report opens, searches, filters, sorts and prints; no error, no request, no violation");
