"""The key table: what is edited, what must run again for it, and by silence what must not.

``must`` lists the stages that have to run. ``may`` lists those that a key may let run without being wrong, because the
edit could be seen from inside the stage. All others must be hits. Not for how the table is run (``test_batch``,
``test_live``).
"""

from __future__ import annotations

from tests.keys.project import Change, Edit, Project


def swap(where: str, old: str, new: str) -> Change:
    return lambda project: project.swap(where, old, new)


def _nothing(_project: Project) -> None:
    pass


def _rename_variable(project: Project) -> None:
    project.cells["clean"] = "%%stage clean\ncleaned = [clip(scale(item)) for item in rows]"


def _alias(project: Project) -> None:
    project.swap("imports", "read_rows, scale", "read_rows, scale as scaled")
    project.swap("clean", "scale(", "scaled(")


def _data(text: str) -> Change:
    return lambda project: project.files.update({"data.csv": text})


def _split_stage(project: Project) -> None:
    project.cells["fit"] = "%%stage fit\nmodel = Model()"
    project.insert(
        "fit2", "%%stage fit\nscore = sum(square(model.predict(x)) for x in cleaned) * alpha", before="words"
    )


def _outputs_saved(project: Project) -> None:
    project.metadata["fit"] = {"collapsed": True, "tags": ["shown"], "editable": True}


EVERYTHING_BELOW_LOAD = ("load", "clean", "fit", "report")

EDITS: tuple[Edit, ...] = (
    Edit("nothing", _nothing),
    # -- what does not count -----------------------------------------------------------------------------------
    Edit("comment in a stage", swap("fit", "model =", "# why\nmodel =")),
    Edit("comment at a line's end", swap("fit", "Model()", "Model()  # the one")),
    Edit("comment in setup", swap("definitions", "LIMIT = 10", "# the limit\nLIMIT = 10  # minutes")),
    Edit("blank lines in a stage", swap("fit", "\nscore", "\n\n\nscore")),
    Edit("line broken", swap("report", "print(f", "print(\n    f")),
    Edit("brackets that change nothing", swap("fit", "* alpha", "* (alpha)")),
    Edit("other quotes", swap("load", '"data.csv"', "'data.csv'")),
    Edit("number written differently", swap("definitions", "LIMIT = 10", "LIMIT = 1_0")),
    Edit("trailing spaces", swap("fit", "Model()", "Model()   ")),
    Edit("docstring of a used function", swap("definitions", "Cut off at the top.", "Cap.")),
    Edit("docstring removed", swap("definitions", '    """Cut off at the top."""\n', "")),
    Edit("docstring of a module", swap("helpers.py", "Reading and scaling.", "Reads, scales.")),
    Edit("comment in a module", swap("helpers.py", "OFFSET = 0", "OFFSET = 0  # none")),
    Edit("text cell", swap("title", "# The notebook", "# The edited notebook")),
    Edit("cell metadata and tags", _outputs_saved),
    Edit("unused constant", swap("definitions", "OTHER = 99", "OTHER = 100")),
    Edit("unused function", swap("definitions", "x - 1", "x - 2")),
    Edit("unused function added", swap("definitions", "OTHER = 99", "OTHER = 99\ndef added():\n    return 1\n")),
    Edit("unused function of a module", swap("helpers.py", "    return x\n", "    return x + 1\n"),
         may=("load", "clean")),
    Edit("unused function two modules away", swap("low.py", "    return x\n", "    return -x\n"),
         may=("load", "clean")),
    Edit("unused import added", swap("imports", "import os\n", "import os\nimport string\n")),
    Edit("unused module added", lambda project: project.files.update({"spare.py": "x = 1\n"})),
    Edit("order of definitions", swap("definitions", "LIMIT = 10\nOTHER = 99", "OTHER = 99\nLIMIT = 10")),
    Edit("setup cell moved", lambda project: project.reorder("definitions", "imports")),
    Edit("scratch cell added", lambda project: project.insert("scratch", "rows[:2]", before="fit")),
    Edit("independent stages swapped", lambda project: project.reorder("words", "load")),
    Edit("stage renamed", swap("fit", "%%stage fit", "%%stage train")),
    Edit("options added", swap("fit", "%%stage fit",
         "%%stage fit --retries 1 --timeout 5m --memory 100MB --owner a@b.c")),
    Edit("order pinned", swap("words", "%%stage words", "%%stage words --after clean")),
    Edit("stage split over two cells", _split_stage),
    Edit("stage added at the end", lambda project: project.insert("last", "%%stage last\nprint(score)"),
         must=("last",)),
    Edit("stage removed", lambda project: project.cells.pop("figure")),
    Edit("notebook renamed", lambda project: setattr(project, "notebook", "renamed.ipynb")),
    Edit("pipeline named",
         lambda project: project.insert("pipeline", "%pipeline other --owner a@b.c", before="imports")),
    Edit("unused parameter given", lambda project: project.parameters.update(spare=2), live=False),
    Edit("unused parameter's default", swap("parameters", "spare = 1", "spare = 3")),
    Edit("parameter given its default", lambda project: project.parameters.update(alpha=0.5), live=False),
    Edit("same data written again", lambda project: project.touched.append("data.csv")),
    Edit("same module written again", lambda project: project.touched.append("helpers.py")),
    Edit("undeclared file that no stage reads", lambda project: project.files.update({"other.csv": "1\n"})),
    Edit("gate that holds", swap("fit", "%%stage fit", '%%stage fit --gate "score > 0"')),
    Edit("gate that does not hold", swap("fit", "%%stage fit", '%%stage fit --gate "score > 1e9"'), status="refused"),
    # -- code ----------------------------------------------------------------------------------------------------
    Edit("constant in a stage", swap("fit", "* alpha", "* alpha * 2"), must=("fit", "report")),
    Edit("text of an f-string", swap("words", "limit {", "bound {"), must=("words", "report")),
    Edit("format of an f-string", swap("report", ".2f", ".3f"), must=("report",)),
    Edit("comprehension", swap("clean", "for row in rows", "for row in rows[1:]"), must=("clean", "fit", "report")),
    Edit("lambda", swap("definitions", "x * x", "x * x * x"), must=("fit", "report")),
    Edit("used function", swap("definitions", "min(x, top, LIMIT)", "min(x, top, LIMIT) + 1"),
         must=("clean", "fit", "report")),
    Edit("default argument", swap("definitions", "top=3", "top=4"), must=("clean", "fit", "report")),
    Edit("class attribute", swap("definitions", "depth = 2", "depth = 3"), must=("fit", "report")),
    Edit("used method", swap("definitions", "x * self.depth", "x + self.depth"), must=("fit", "report")),
    Edit("unused method of a used class", swap("definitions", "return 0", "return 1"), may=("fit", "report")),
    Edit("decorator", swap("definitions", '+ "!"', '+ "?"'), must=("words", "report")),
    Edit("decorator removed", swap("definitions", "@loud\n", ""), must=("words", "report")),
    Edit("type hints", swap("definitions", "def clip(x, top=3):", "def clip(x: int, top: int = 3) -> int:"),
         may=("clean",)),
    Edit("constant that a function and a stage use", swap("definitions", "LIMIT = 10", "LIMIT = 11"),
         must=("clean", "words", "report")),
    Edit("constant that reaches through", swap("definitions", "LIMIT = 10", "LIMIT = 2"),
         must=("clean", "fit", "words", "report")),
    Edit("helper in a module", swap("helpers.py", "+ OFFSET", "- 1 + OFFSET"), must=("clean", "fit", "report"),
         may=("load",)),
    Edit("helper's helper in another module", swap("low.py", "2 * x", "1 * x"), must=("clean", "fit", "report"),
         may=("load",)),
    Edit("constant of a module", swap("helpers.py", "OFFSET = 0", "OFFSET = -1"), must=("clean", "fit", "report"),
         may=("load",)),
    Edit("reader in a module", swap("helpers.py", "int(line)", "int(line) + 1"),
         must=("load", "clean", "fit", "report")),
    Edit("alias of an import", _alias, must=("clean",), may=("load",)),
    Edit("%%time added", swap("fit", "%%stage fit\n", "%%stage fit\n%%time\n"), may=("fit",)),
    Edit("order of statements", swap("report", "print(", "pass\nprint("), may=("report",)),
    # -- values --------------------------------------------------------------------------------------------------
    Edit("used parameter given", lambda project: project.parameters.update(alpha=0.25),
         must=("fit", "report"), live=False),
    Edit("used parameter's default", swap("parameters", "alpha = 0.5", "alpha = 0.75"), must=("fit", "report")),
    Edit("parameter's type", swap("parameters", "alpha = 0.5", "alpha = 1"), must=("fit", "report")),
    Edit("environment variable", swap("settings", '"fast"', '"slow"'), must=("words", "report"),
         may=("load", "clean", "fit", "draw", "notes", "optional", "table", "figure")),
    Edit("rcParams", swap("settings", '"lines.linewidth"] = 2', '"lines.linewidth"] = 4'), must=("figure",),
         may=("load", "clean", "fit", "draw", "notes", "optional", "table", "words", "report")),
    Edit("pandas option", swap("settings", '"display.precision", 3', '"display.precision", 5'), must=("table",),
         may=("load", "clean", "fit", "draw", "notes", "optional", "figure", "words", "report")),
    Edit("NumPy print option", swap("settings", "precision=3)", "precision=5)"), must=("report",),
         may=("load", "clean", "fit", "draw", "notes", "optional", "figure", "words", "table")),
    Edit("seed", swap("seed", "seed(1)", "seed(2)"), must=("draw", "report")),
    # -- data ----------------------------------------------------------------------------------------------------
    Edit("one changed row", _data("1\n1\n50\n"), must=EVERYTHING_BELOW_LOAD),
    Edit("row added", _data("1\n2\n50\n1\n"), must=EVERYTHING_BELOW_LOAD),
    Edit("declared file", lambda project: project.files.update({"notes/a.txt": "other\n"}), must=("notes", "report")),
    Edit("another file that the pattern takes in", lambda project: project.files.update({"notes/b.txt": "b\n"}),
         must=("notes",)),
    Edit("file that was missing", lambda project: project.files.update({"optional.txt": "here"}),
         must=("optional", "report")),
    # -- early cutoff --------------------------------------------------------------------------------------------
    Edit("changed row that is cut off later", _data("1\n2\n60\n"), must=("load", "clean")),
    Edit("data read to the same values", _data("01\n2\n50\n"), must=("load",)),
    Edit("function written differently", swap("definitions", "min(x, top, LIMIT)", "min(min(x, top), LIMIT)"),
         must=("clean",)),
    Edit("variable renamed inside a stage", _rename_variable, must=("clean",)),
    Edit("never cached", swap("words", "%%stage words", "%%stage words --no-cache"), must=("words",)),
)  # fmt: skip
