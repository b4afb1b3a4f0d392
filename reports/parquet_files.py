"""Rows as Parquet. pyarrow is an extra: it is imported here alone, and only when a file is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO, Final

from persistence.sessions.export import Column, ColumnKind

_TYPES: Final[dict[ColumnKind, str]] = {
    "int16": "int16",
    "int32": "int32",
    "int64": "int64",
    "bool": "bool_",
    "text": "string",
}


class PyarrowMissing(Exception):
    """The package that writes Parquet is not installed."""


def write_parquet(pages: Iterable[tuple[list[Column], list[tuple[Any, ...]]]], file: BinaryIO) -> int:
    """The pages, which have the same columns, as one file; how many rows. Raises PyarrowMissing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise PyarrowMissing(
            "Parquet needs the package pyarrow (the extra [export]): pip install pyarrow"
        ) from error
    written, writer = 0, None
    try:
        for columns, rows in pages:
            schema = pyarrow.schema([(column.name, _type(pyarrow, column.kind)) for column in columns])
            writer = writer or parquet.ParquetWriter(file, schema, compression="zstd")
            values = zip(*rows, strict=True) if rows else [()] * len(columns)
            arrays = [
                pyarrow.array(list(column), field.type) for column, field in zip(values, schema, strict=True)
            ]
            writer.write_table(pyarrow.table(arrays, schema=schema))
            written += len(rows)
    finally:
        if writer is not None:
            writer.close()
    return written


def _type(pyarrow: Any, kind: ColumnKind) -> Any:
    if kind == "int64s":
        return pyarrow.list_(pyarrow.int64())
    return getattr(pyarrow, _TYPES[kind])()
