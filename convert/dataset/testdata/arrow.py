#!/usr/bin/env python3
"""Writes arrow/: the same columns as pyarrow has them in files and streams, packed or not, in one batch or several; and
what it refuses. Needs pyarrow."""
import os

import pyarrow as pa

HERE = os.path.dirname(os.path.abspath(__file__)) + "/arrow"
os.makedirs(HERE, exist_ok=True)
ids = [[5, 6, 7], [8], [9, 10]]
columns = {
    "input_ids": pa.array(ids, pa.list_(pa.int32())),
    "attention_mask": pa.array([[1] * len(r) for r in ids], pa.large_list(pa.int8())),
    "weight": pa.array([0.5, 0.25, 2], pa.float16()),
    "pair": pa.array([[1, 2], [3, 4], [5, 6]], pa.list_(pa.float64(), 2)),
    "label": pa.array([2, 0, 1], pa.int64()),
    "text": pa.array(["a", "b", "c"]),
}
table = pa.table(columns)


def write(name, table, stream=False, codec=None, rows=None):
    options = pa.ipc.IpcWriteOptions(compression=codec)
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(f"{HERE}/{name}", "wb") as f, new(f, table.schema, options=options) as w:
        w.write_table(table, max_chunksize=rows)


write("file.arrow", table)
write("stream.arrow", table, stream=True)
write("batches.arrow", table, rows=1)
write("zstd.feather", table, codec="zstd", rows=2)
write("lz4.ipc", table, stream=True, codec="lz4")
write("null.arrow", pa.table({"input_ids": pa.array([[1], None], pa.list_(pa.int32()))}))
write("words.arrow", pa.table({"input_ids": pa.array(["a", "b"])}))
