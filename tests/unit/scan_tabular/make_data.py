"""Made the files in data/ (pyarrow 26.0.1, pandas not needed): the same small table in every form. Usage: make_data.py DIR

  email string, n int64 with nulls, tags list<string>, who struct<age: int32, ok: bool>, kind dictionary, day date32, price decimal(10, 2)
"""
import datetime
import decimal
import json
import pathlib
import sqlite3
import sys

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
N = 40
rows = [{
    "email": None if i % 7 == 3 else f"user{i}@mailbox.org",
    "n": None if i % 5 == 0 else i * 1000 - 3,
    "tags": None if i % 11 == 4 else [f"t{k}" for k in range(i % 3)],
    "who": None if i % 13 == 5 else {"age": i, "ok": i % 2 == 0},
    "kind": ["red", "green", "blue"][i % 3],
    "day": datetime.date(1970, 1, 1) + datetime.timedelta(days=i * 400),
    "price": decimal.Decimal(i * 125) / 100,
} for i in range(N)]
schema = pa.schema([("email", pa.string()), ("n", pa.int64()), ("tags", pa.list_(pa.string())), ("who", pa.struct([("age", pa.int32()), ("ok", pa.bool_())])),
                    ("kind", pa.dictionary(pa.int8(), pa.string())), ("day", pa.date32()), ("price", pa.decimal128(10, 2))], metadata={"made_by": "make_data.py"})
table = pa.Table.from_pylist(rows, schema=schema)
plain = table.set_column(4, "kind", table["kind"].cast(pa.string()))

for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
    pq.write_table(plain, out / f"v1_{codec}.parquet", compression=codec, row_group_size=16, store_schema=False)
pq.write_table(plain, out / "v2_pages.parquet", compression="zstd", data_page_version="2.0", data_page_size=64, store_schema=False)
pq.write_table(plain, out / "encodings.parquet", compression="none", use_dictionary=False, data_page_version="2.0", store_schema=False, column_encoding={
    "email": "DELTA_BYTE_ARRAY", "n": "DELTA_BINARY_PACKED", "tags.list.element": "DELTA_LENGTH_BYTE_ARRAY", "who.age": "BYTE_STREAM_SPLIT", "who.ok": "RLE",
    "kind": "DELTA_LENGTH_BYTE_ARRAY", "day": "DELTA_BINARY_PACKED", "price": "BYTE_STREAM_SPLIT"})
for name, codec in (("plain", None), ("zstd", "zstd"), ("lz4", "lz4")):
    with ipc.new_file(out / f"{name}.arrow", schema, options=ipc.IpcWriteOptions(compression=codec)) as w:
        w.write_table(table, max_chunksize=16)
with ipc.new_stream(out / "stream.arrows", schema) as w:
    w.write_table(table, max_chunksize=16)
views = pa.table({"email": pa.array([r["email"] for r in rows], pa.string_view())})
with ipc.new_stream(out / "views.arrows", views.schema) as w:
    w.write_table(views)

def as_json(r):
    return {**r, "day": r["day"].isoformat(), "price": float(r["price"])}
(out / "rows.json").write_text(json.dumps([as_json(r) for r in rows]))
(out / "columns.json").write_text(json.dumps({k: {str(i): as_json(r)[k] for i, r in enumerate(rows)} for k in rows[0]}))
(out / "rows.jsonl").write_text("".join(json.dumps(as_json(r)) + "\n" for r in rows))
with (out / "rows.csv").open("w", newline="", encoding="utf-16") as f:
    f.write('email;note\r\n' + "".join(f'{r["email"] or ""};"a ""quoted""; b\nc"\r\n' for r in rows))
(out / "latin1.csv").write_bytes("name,email\r\n".encode() + "".join(f'J\xfcrgen,{r["email"] or ""}\r\n' for r in rows).encode("latin-1"))
path = out / "store.sqlite"
path.unlink(missing_ok=True)
with sqlite3.connect(path) as db:
    db.execute("PRAGMA page_size = 512")
    db.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, data BLOB)")
    db.executemany("INSERT INTO people VALUES (?, ?, ?)", [(i, r["email"], b"\x80\x01") for i, r in enumerate(rows)])
    db.execute("CREATE VIEW bomb AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c")
    db.execute("CREATE TABLE sums (a TEXT PRIMARY KEY, b) WITHOUT ROWID")
    db.execute("INSERT INTO sums VALUES ('q', 2.5)")
db.close()
