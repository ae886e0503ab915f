#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the built-in FIX dictionaries from a folder of tables.

    Scripts/fix-dictionaries.py FOLDER

FOLDER holds fields.tsv (version, tag, name, type), enums.tsv (version, tag, name, value, label) and messages.tsv
(version, container, order, kind, tag, name, required). A container is H:, T:, C:name or M:type:name, and `/NoXxx` behind it
the entry of a repeating group. Each version becomes Sources/HeliosFIX/Dictionary/Builtin/FixBuiltinText+*.swift.
"""
import csv
import pathlib
import sys

VERSIONS = {"FIX.4.2": "fix42", "FIX.4.4": "fix44", "FIX.5.0": "fix50", "FIX.5.0SP2": "fix50sp2", "FIXT.1.1": "fixt11"}
WIDTH = 110


def table(folder, name):
    with open(folder / name, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def word(text):
    if text and not any(c <= " " or c in '"\\' for c in text) and text[0] != "#":
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fill(words, indent, first=""):
    lines, line = [], first
    for item in words:
        if line != first and len(indent) + len(line) + 1 + len(item) > WIDTH:
            lines.append(indent + line)
            line = first
        line = f"{line} {item}" if line else item
    return lines + [indent + line] if line != first else lines


def members(rows, container, indent):
    lines, fields = [], []

    def flush():
        lines.extend(fill(fields, indent))
        fields.clear()

    for row in rows.get(container, []):
        mark = "!" if row["required"] == "Y" else ""
        if row["kind"] == "F":
            fields.append(row["tag"] + mark)
            continue
        flush()
        if row["kind"] == "C":
            lines.append(f"{indent}component {word(row['name'] + mark)}")
        else:
            lines.append(f"{indent}group {row['tag']}{mark}")
            lines += members(rows, f"{container}/{row['name']}", indent + " ")
            lines.append(indent + "end")
    flush()
    return lines


def text(folder, version):
    lines = [f"dictionary {version}"]
    values = {}
    for row in table(folder, "enums.tsv"):
        if row["version"] == version:
            values.setdefault(row["tag"], []).append(f"{word(row['value'])} {word(row['label'])}")
    fields = {}
    for row in table(folder, "fields.tsv"):
        if row["version"] == version:
            fields.setdefault(row["type"], []).append(f"{row['tag']} {word(row['name'])}")
    for type_, items in sorted(fields.items()):
        lines += fill(items, "", f"fields {type_}")
    for tag, items in values.items():
        lines += fill(items, "", f"enum {tag}")
    rows, roots, mentioned = {}, [], []
    for row in table(folder, "messages.tsv"):
        if row["version"] == version:
            rows.setdefault(row["container"], []).append(row)
            root = row["container"].split("/")[0]
            if root not in roots:
                roots.append(root)
            if row["kind"] == "C" and "C:" + row["name"] not in mentioned:
                mentioned.append("C:" + row["name"])
    for container in rows.values():
        container.sort(key=lambda row: int(row["order"]))
    # A component without rows is one without members.
    roots += [name for name in mentioned if name not in roots]
    order = {"H": 0, "T": 1, "C": 2, "M": 3}
    for root in sorted(roots, key=lambda name: order[name[0]]):
        kind, _, rest = root.partition(":")
        if kind == "M":
            type_, _, name = rest.partition(":")
            lines.append(f"message {type_} {name}")
        else:
            lines.append({"H": "header", "T": "trailer", "C": f"component {rest}"}[kind])
        lines += members(rows, root, " ") + ["end"]
    return lines


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).resolve().parent.parent / "Sources/HeliosFIX/Dictionary/Builtin"
    total = 0
    for version, name in VERSIONS.items():
        body = "\n".join(text(folder, version))
        assert '"""#' not in body
        source = (
            "// SPDX-License-Identifier: MIT\n// swift-format-ignore-file\n// Written by Scripts/fix-dictionaries.py: not to be changed by hand.\n\n"
            f"extension FixBuiltinText {{\n    /// {version}.\n    static let {name} = #\"\"\"\n{body}\n\"\"\"#\n}}\n"
        )
        # A literal's lines stand behind the indentation of its end; here there is none.
        (target / f"FixBuiltinText+{name}.swift").write_text(source, encoding="utf-8")
        total += len(source)
        print(f"{version}: {len(source)} bytes")
    print(f"together: {total} bytes")


main()
