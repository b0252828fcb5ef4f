"""Runs cells, given as a JSON list on standard input, in a notebook's kernel; prints the last value of each."""

import json
import sys

import nbformat
from nbclient import NotebookClient

cells = [nbformat.v4.new_code_cell(cell) for cell in json.load(sys.stdin)]  # type: ignore[no-untyped-call]  # theirs
notebook = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]  # theirs
NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
outputs = [[output for output in cell.outputs if output.output_type != "stream"] for cell in notebook.cells]
print(json.dumps([shown[-1].data["text/plain"] if shown else None for shown in outputs]))
