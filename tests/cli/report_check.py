"""Holds a report to what camal-compare, camal-inspect and the round files say, and to the rules of an accessible page.

usage: report_check.py REPORT.html COMPARE.json INSPECT-SERIES.json... [--pictures DATASET ROUND...]

Each INSPECT-SERIES.json is a list of runs, each a list of what camal-inspect --json says of its rounds.
"""
import json
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "path", "use", "circle", "rect", "polygon", "polyline", "feFlood", "feflood"}
failures = []


def check(name, good):
    if not good:
        failures.append(name)


class Page(HTMLParser):
    """Sections by id, each with its tables as lists of rows of texts, and what is wrong with the markup."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.ids, self.sections, self.outside = [], [], {}, []
        self.section = self.table = self.row = self.cell = None
        self.text, self.headings, self.pictures, self.faults, self.svg, self.tiles = "", [], [], [], 0, {}
        self.captioned = True

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag not in VOID:
            self.stack.append(tag)
        if "id" in a:
            self.ids.append(a["id"])
        for key in ("src", "href", "xlink:href", "srcset", "data", "action", "poster"):
            if key in a and not re.match(r"data:|#", a[key] or ""):
                self.outside.append((tag, key, a[key]))
        if tag == "section":
            self.section = a["id"]
            self.sections[self.section] = []
            self.tiles[self.section] = 0
            if a.get("aria-labelledby") is None:
                self.faults.append("section without a name")
        elif tag == "table":
            self.table, self.captioned = [], False
            if self.section:
                self.sections[self.section].append(self.table)
        elif tag == "caption":
            self.captioned = True
        elif tag == "tr":
            if not self.captioned:
                self.faults.append("table without a caption")
            self.row = []
            if self.table is not None:
                self.table.append(self.row)
        elif tag in ("td", "th"):
            self.cell = ""
            if tag == "th" and a.get("scope") not in ("row", "col"):
                self.faults.append("heading cell without scope")
        elif tag == "img":
            self.pictures.append((self.section, a.get("alt"), a["src"]))
            if not a.get("alt"):
                self.faults.append("picture without words")
        elif tag == "svg":
            self.svg += 1
            if a.get("aria-hidden") != "true" and not (a.get("role") == "img" and a.get("aria-label")):
                self.faults.append("figure without words")
        elif tag == "li" and self.section and "main" in self.stack:
            self.tiles[self.section] += 1
        elif re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(f"</{tag}> does not close what is open")
        if tag in ("td", "th") and self.row is not None:
            self.row.append(self.cell)
            self.cell = None
        elif tag == "table":
            self.table = None
        elif tag == "section":
            self.section = None

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_data(self, data):
        if self.stack and self.stack[-1] in ("style", "script"):
            if re.search(r"https?:|url\(|@import|fetch\(|XMLHttp", data):
                self.outside.append((self.stack[-1], "text", data[:40]))
            return
        self.text += data
        if self.cell is not None:
            self.cell += data


def number(text):
    return float(text.split(" ")[0].replace("\u2212", "-").replace("\u2013", "nan"))


def near(a, b, slack=0.0051):
    return abs(a - b) <= slack


def recall(round_, key):
    """As the paper's figure: mean over classes with samples, excluded ones as 0."""
    values = [0 if c["status"] == "excluded" else c[key] for c in round_["classes"] if c[key] is not None]
    return 100 * sum(values) / len(values)


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def check_curves(page, series):
    rows = page.sections["curves"][0][1:]
    check("curves: a row a round", len(rows) == max(len(run) for runs in series for run in runs))
    for r, row in enumerate(rows):
        for s, runs in enumerate(series):
            labels, validation, test = (number(cell) for cell in row[1 + 3 * s:4 + 3 * s])
            check(f"curves: labels in round {r}",
                  near(labels, mean(sum(c["labelled"] for c in run[r]["classes"]) for run in runs)))
            check(f"curves: validation in round {r}",
                  near(validation, mean(recall(run[r], "validation_accuracy") for run in runs)))
            check(f"curves: test in round {r}", near(test, mean(recall(run[r], "test_accuracy") for run in runs)))


def check_timeline(page, runs):
    if not page.sections["timeline"]:
        check("timeline: all active", all(c["reason"] == "none" for run in runs for r in run for c in r["classes"]))
        return
    rows = page.sections["timeline"][-1][1:]
    for c, row in enumerate(rows):
        states = [run[-1]["classes"][c]["status"] for run in runs]
        decided = [state for state in states if state != "active"]
        check(f"timeline: class {c}", row[0] == runs[0][-1]["classes"][c]["name"])
        check(f"timeline: status of class {c}", not decided or any(state in row[-2] for state in decided))
        for run in runs:
            if run[-1]["classes"][c]["status"] != "active":
                check(f"timeline: reason of class {c}", run[-1]["classes"][c]["sentence"] in row[-1])


def check_budget(page, series):
    for table, runs in zip(page.sections["budget"], series):
        for c, row in enumerate(table[1:-1]):
            for r in range(len(row) - 2):
                check(f"budget: class {c} in round {r}",
                      near(float(row[1 + r]), mean(run[r]["classes"][c]["answers"] for run in runs), 0.051))
        spent = mean(sum(round_["queries"]["chosen"] for round_ in run) for run in runs)
        check("budget: sum", near(float(table[-1][-1]), spent, 0.051))


def check_confusion(page, series):
    tables = page.sections["confusion"]
    check("confusion: test and validation of each series", len(tables) == 2 * len(series))
    for s, runs in enumerate(series):
        for table, key, count in ((tables[2 * s], "test_accuracy", "test_count"),
                                  (tables[2 * s + 1], "validation_accuracy", "validation_count")):
            for c, row in enumerate(table[1:]):
                cells = [int(cell or 0) for cell in row[1:-2]]
                last = [run[-1]["classes"][c] for run in runs]
                check(f"confusion: sum of class {c}", sum(cells) == int(row[-2]) == sum(k[count] for k in last))
                check(f"confusion: diagonal of class {c}",
                      cells[c] == sum(round((k[key] or 0) * k[count]) for k in last))


def check_reliability(page, series):
    errors = page.sections["reliability"][0][1:]
    bins = page.sections["reliability"][1][1:]
    for s, runs in enumerate(series):
        for column, split in (1, "test"), (2, "validation"):
            check("calibration, " + split,
                  near(number(errors[s][column]), mean(run[-1][split + "_calibration"] for run in runs), 5.1e-5))
    return bins


def check_calibration(page, series):
    """With one seed, the bins shown give the error that the round file names."""
    for s, runs in enumerate(series):
        total = error = 0
        for row in page.sections["reliability"][1][1:]:
            count, confidence, right = (number(cell) for cell in row[1 + 3 * s:4 + 3 * s])
            if count:
                total += count
                error += count * abs(confidence - right) / 100
        check("calibration of the bins", near(error / total, runs[0][-1]["test_calibration"], 2e-4))


def check_table_1(page, compared):
    rows = {row[1].split(" (excluded")[0]: row for row in page.sections["table-1"][0][1:]}
    summary = {row[0]: row for row in page.sections["table-1"][1][1:]}
    for entry in compared["classes"]:
        default, proposed = rows[entry["name"]][4].split(" > ")
        check(f"Table 1: {entry['name']}", near(float(default), 100 * entry["best_validation"]["default"]) and
              near(float(proposed), 100 * entry["best_validation"]["proposed"]))
    row = summary["Test, mean of all classes, excluded as errors (%)"]
    check("summary", near(float(row[3]), 100 * compared["summary"]["test_all"]["difference"]))
    check("verdict", compared["verdict"][1:] in page.text)
    better = compared["verdict_all"]
    word = {"better": "Better than", "worse": "Worse than"}
    check("headline", f"{word.get(better, 'Not shown to be better than')} random choice." in page.text)


def check_pictures(page, path):
    import base64
    import h5py
    gallery = [p for p in page.pictures if p[0] == "gallery"]
    shown = 0
    for name in sorted(path[1:]):
        with h5py.File(name) as file:
            predicted, samples = file["queries/predicted"][...], file["queries/sample"][...]
            for c in set(predicted):
                shown += min(3, int((predicted == c).sum()))
            taken = {int(re.search(r"Sample (\d+)", p[1])[1]) for p in gallery if p[1].startswith("Sample")}
            check(f"gallery: first choice of {name}", len(samples) == 0 or int(samples[0]) in taken)
            last = file
            columns = "sample", "label", "predicted", "energy", "cam_empty"
            evaluation = {k: last["evaluation"][k][...] for k in columns}
    check("gallery: two pictures a choice", len(gallery) == 2 * shown)
    right = [(e, s) for s, l, p, e, empty in zip(*evaluation.values()) if l == p and not empty]
    worst = [int(s) for _, s in sorted(right)[:12]]
    found = [int(re.search(r"Sample (\d+)", p[1])[1])
             for p in page.pictures if p[0] == "reasons" and p[1].startswith("Sample")]
    check("reasons: lowest energy first", found == worst)
    with h5py.File(path[0]) as data:
        size = data["samples/image"].shape[1]
    for _, _, source in page.pictures:
        png = base64.b64decode(source.split(",", 1)[1], validate=True)
        check("PNG", png[:8] == b"\x89PNG\r\n\x1a\n" and
              int.from_bytes(png[16:20], "big") in (size, size * (96 // size)))


def main():
    arguments = sys.argv[1:]
    pictures = arguments[arguments.index("--pictures") + 1:] if "--pictures" in arguments else []
    report, compare, *inspect = arguments[:arguments.index("--pictures")] if pictures else arguments
    with open(report, encoding="utf-8") as file:
        text = file.read()
    page = Page()
    page.feed(text)
    check("every tag is closed", not page.stack)
    check(f"faults: {page.faults[:3]}", not page.faults)
    check(f"nothing from outside: {page.outside[:3]}", not page.outside)
    check("ids are unique", len(page.ids) == len(set(page.ids)))
    check("headings: one h1, no level left out", page.headings.count(1) == 1 and
          all(b <= a + 1 for a, b in zip(page.headings, page.headings[1:])))
    for key in ("table-1", "curves", "timeline", "budget", "confusion", "reliability", "gallery", "reasons", "time",
                "provenance"):
        check(f"section {key}", key in page.sections)
    check("skip link, landmarks, language", all(part in text for part in
          ('href="#main"', "<main ", "<nav aria-label", "<header>", "<footer>", '<html lang="en">', 'name="viewport"')))
    series = [json.load(open(name)) for name in inspect]
    check_curves(page, series)
    check_timeline(page, series[-1])
    check_budget(page, series)
    check_confusion(page, series)
    check_reliability(page, series)
    if pictures:
        check_calibration(page, series)
        check_pictures(page, pictures)
    if compare != "-":
        check_table_1(page, json.load(open(compare)))
    for name in failures:
        print(f"failed: {report}: {name}")
    sys.exit(bool(failures))


main()
