"""Accuracy against labels, as in the report's main figure: two arms, or any runs, as SVG or CSV.

usage: learning_curve.py [--split test|validation] -o curve.svg NAME=RUN[,RUN...] ...

    learning_curve.py -o curve.svg default=runs/default proposed=runs/proposed
    learning_curve.py -o curve.csv default=d1,d2,d3 proposed=p1,p2,p3     # seeds: mean and 95 % interval

Accuracy is the mean recall over all classes, those excluded counting as 0. Needs h5py and numpy only.
"""
import argparse
import csv
import html
import io
import os

import numpy as np

import camal_rounds

# Okabe and Ito's colours: told apart by any colour vision; dashes and marks tell the lines apart in gray.
LOOKS = (("#0072b2", "", "circle"), ("#d55e00", "6 3", "square"),
         ("#009e73", "2 3", "circle"), ("#cc79a7", "8 3 2 3", "square"))
# The quantile 0.975 for 1 to 10 degrees of freedom.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 440, 64, 16, 40, 52


def interval(values):
    """Mean and half the 95 % interval (Student t) over seeds; one seed has no interval."""
    n = len(values)
    if n < 2:
        return float(np.mean(values)), 0.0
    t = STUDENT[n - 2] if n - 2 < len(STUDENT) else 1.96 + 2.372 / (n - 1) + 2.82 / (n - 1) ** 2
    return float(np.mean(values)), float(t * np.std(values, ddof=1) / np.sqrt(n))


def read_curve(folders, split):
    """Rows of labels, mean, low, high; one a round that all seeds have."""
    def measure(made):
        return camal_rounds.recall(made, split)

    runs = [camal_rounds.learning_curve(camal_rounds.read_run(folder), measure) for folder in folders]
    rows = []
    for r in range(min(len(labels) for labels, _ in runs)):
        mean, half = interval([values[r] for _, values in runs])
        rows.append((float(np.mean([labels[r] for labels, _ in runs])), mean, mean - half, mean + half))
    return rows


def to_csv(curves):
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["name", "round", "labels", "accuracy", "low", "high"])
    for name, rows in curves.items():
        writer.writerows([name, r, *(format(v, ".6g") for v in row)] for r, row in enumerate(rows))
    return text.getvalue()


def ticks(low, high):
    step = 10 ** np.floor(np.log10((high - low) / 4))
    step *= next(m for m in (1, 2, 5, 10) if (high - low) / (m * step) <= 6)
    return [t for t in np.arange(np.ceil(low / step) * step, high + step / 1e3, step)]


def to_svg(curves, split):
    rows = np.array([row for curve in curves.values() for row in curve])
    x0, x1 = rows[:, 0].min(), rows[:, 0].max()
    y0, y1 = max(rows[:, 2].min() - 0.02, 0), min(rows[:, 3].max() + 0.02, 1)
    x1 = x1 if x1 > x0 else x0 + 1

    def x(labels):
        return LEFT + (labels - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)

    def y(value):
        return HEIGHT - BOTTOM - (value - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
           f'font-family="sans-serif" font-size="13"><title>Mean recall of all classes ({split}) against labels</title>'
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for t in ticks(y0, y1):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(t):.1f}" y2="{y(t):.1f}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y(t) + 4:.1f}" text-anchor="end">{100 * t:.3g}</text>')
    for t in ticks(x0, x1):
        out.append(f'<text x="{x(t):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{t:.6g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">Labels</text>'
               f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
               f'Mean recall of all classes, {split} (%)</text>')
    for i, (name, curve) in enumerate(curves.items()):
        colour, dash, mark = LOOKS[i % len(LOOKS)]
        low, line, high = ([f"{x(row[0]):.1f},{y(row[k]):.1f}" for row in curve] for k in (2, 1, 3))
        out.append(f'<polygon points="{" ".join(low + high[::-1])}" fill="{colour}" opacity="0.15"/>'
                   f'<polyline points="{" ".join(line)}" fill="none" stroke="{colour}" stroke-width="2" '
                   f'stroke-dasharray="{dash}"/>')
        marks = [(x(r[0]), y(r[1])) for r in curve] + [(LEFT + 12 + 170 * i, TOP / 2)]
        for cx, cy in marks:
            out.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="4" fill="{colour}"/>' if mark == "circle" else
                       f'<rect x="{cx - 4:.1f}" y="{cy - 4:.1f}" width="8" height="8" fill="{colour}"/>')
        out.append(f'<text x="{LEFT + 24 + 170 * i}" y="{TOP / 2 + 4}">{html.escape(name)}</text>')
    return "\n".join(out + ["</svg>\n"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", required=True, help="file to write: .svg or .csv")
    parser.add_argument("--split", choices=camal_rounds.SPLIT[1:], default="test")
    parser.add_argument("runs", nargs="+", metavar="NAME=RUN[,RUN...]")
    asked = parser.parse_args()
    if os.path.splitext(asked.out)[1] not in (".svg", ".csv"):
        parser.error(f"--out {asked.out}: allowed are names that end with .svg or .csv")
    curves = {}
    for text in asked.runs:
        name, equals, folders = text.partition("=")
        if not equals or not folders:
            parser.error(f"{text}: expected NAME=RUN[,RUN...]")
        try:
            curves[name] = read_curve(folders.split(","), asked.split)
        except (OSError, ValueError) as error:
            parser.error(str(error))
    with open(asked.out, "w", encoding="utf-8", newline="") as file:
        file.write(to_csv(curves) if asked.out.endswith(".csv") else to_svg(curves, asked.split))


if __name__ == "__main__":
    main()
