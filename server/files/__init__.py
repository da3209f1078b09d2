# SPDX-License-Identifier: Apache-2.0
"""Picture files: PNG, JPEG, TIFF and OpenRaster in; OpenRaster, PNG and TIFF out.

`read_document(path)` gives a `Document` of named layers (a flat file has one); `layer.load()` its
picture in the file's own depth. `write_ora` writes layers and recipes, `write_flat` one picture.
Everything that goes wrong is a `FileError` with a sentence for the artist.
"""

from server.files.document import Document, FileLayer
from server.files.errors import FileError
from server.files.ora_write import OraLayer, check_writable_name, write_ora
from server.files.read import read_document, read_picture
from server.files.write import write_flat

__all__ = [
    "Document",
    "FileError",
    "FileLayer",
    "OraLayer",
    "check_writable_name",
    "read_document",
    "read_picture",
    "write_flat",
    "write_ora",
]
