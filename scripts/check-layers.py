#!/usr/bin/env python3
"""Draws the graph of modules and of the folders in them from what the sources name, and fails where it has a cycle.

    scripts/check-layers.py [--graph] [--lines] [--why FROM TO]

A module or folder depends on another where one of its files names a type or a function declared at the top level there. Names that are
declared in two folders, and members of extensions, are left out: the compiler sees those between modules, nobody between folders.
"""

import argparse
import collections
import pathlib
import re
import sys

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "Sources"
MODIFIERS = r"(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate|final|indirect|nonisolated|@\w+)\s+)*"
DECLARATION = re.compile(rf"^({MODIFIERS})(?:struct|class|enum|actor|protocol|typealias|func|let|var)\s+(\w+)", re.MULTILINE)
COMMENT_OR_TEXT = re.compile(r'"""(?:.|\n)*?"""|//[^\n]*|/\*(?:.|\n)*?\*/')
INTERPOLATION = re.compile(r'"(?:\\.|[^"\\\n])*"')
# A type, or a call that is not a method's; a type of that name that is nested in another is taken for the one at the top level.
NAME = re.compile(r"(?<!\.)\b(?:[A-Z]\w*\b|[a-z_]\w*(?=\())")

IMPORT = re.compile(r"^\s*import (\w+)$", re.MULTILINE)


def place(path):
    """Module/Folder of a file, or its module where it lies in none."""
    parts = path.relative_to(SOURCES).parts
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def code(text):
    """Without comments; text literals keep what they interpolate."""
    text = COMMENT_OR_TEXT.sub(lambda match: "" if match[0].startswith("/") else match[0], text)
    return INTERPOLATION.sub(lambda match: " ".join(re.findall(r"\\\(([^\"]*?)\)", match[0])), text)


def read():
    files = {path: code(path.read_text()) for path in sorted(SOURCES.rglob("*.swift"))}
    declared = collections.defaultdict(set)
    for path, text in files.items():
        for match in DECLARATION.finditer(text):
            if not re.search(r"\b(?:private|fileprivate)\b", match[1]):
                declared[match[2]].add(place(path))
    return files, {name: next(iter(places)) for name, places in declared.items() if len(places) == 1}


def graph(files, declared):
    """For each place and each other one it depends on: the names, with the files that name them."""
    edges = collections.defaultdict(lambda: collections.defaultdict(lambda: collections.defaultdict(set)))
    for path, text in files.items():
        seen = {place(path).split("/")[0], *IMPORT.findall(text)}
        for name in set(NAME.findall(text)):
            if name in declared and declared[name] != place(path) and declared[name].split("/")[0] in seen:
                edges[place(path)][declared[name]][name].add(path.name)
    return edges


def cycles(edges):
    """Sets of places that reach each other (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            members = set()
            while not members or node not in members:
                members.add(stack.pop())
            if len(members) > 1:
                found.append(sorted(members))

    for node in list(edges):
        if node not in index:
            visit(node)
    return found


def modules(edges):
    merged = collections.defaultdict(dict)
    for source, targets in edges.items():
        for target in targets:
            a, b = source.split("/")[0], target.split("/")[0]
            if a != b:
                merged[a][b] = True
    return merged


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--graph", action="store_true", help="print what each place depends on")
    parser.add_argument("--lines", action="store_true", help="print the lines of each module")
    parser.add_argument("--why", nargs=2, metavar=("FROM", "TO"), help="print the names that make one place depend on another")
    options = parser.parse_args()
    files, declared = read()
    edges = graph(files, declared)
    if options.why:
        for name, users in sorted(edges[options.why[0]][options.why[1]].items()):
            print(f"{name}: {', '.join(sorted(users))}")
        return
    if options.graph:
        for source in sorted(edges):
            print(f"{source} -> {', '.join(sorted(edges[source]))}")
    if options.lines:
        count = collections.Counter()
        for path in files:
            count[place(path).split("/")[0]] += len(path.read_text().splitlines())
        for module, lines in sorted(count.items()):
            print(f"{module:14} {lines:6,}")
        print(f"{'all':14} {sum(count.values()):6,}")
    found = cycles(modules(edges)) + cycles(edges)
    for members in found:
        print(f"check-layers: these depend on each other: {', '.join(members)}", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
