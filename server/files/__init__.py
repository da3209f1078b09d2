# SPDX-License-Identifier: Apache-2.0
"""Picture files: OpenRaster and all that Pillow and tifffile read in; OpenRaster, PNG, TIFF, WebP out.

`read_document(path)` gives a `Document` of named layers and groups (a flat file has one layer) and
its metadata; `layer.load()` a picture in the file's own depth; `compose` what layers show together.
`write_ora` writes layers and recipes anew, `revise_ora` changes a file, `write_flat` writes one
picture. Everything that goes wrong is a `FileError` with a sentence for the artist.
"""

from server.files.compose import check_composable, compose
from server.files.document import NORMAL, Document, FileLayer, Group, Node
from server.files.errors import FileError
from server.files.metadata import Metadata
from server.files.ora_revise import revise_ora
from server.files.ora_write import OraLayer, write_ora
from server.files.picture import depth_words
from server.files.read import read_document, read_picture
from server.files.write import check_can_hold, check_writable_name, write_flat
from server.files.xmp import with_ai_mark

__all__ = [
    "NORMAL",
    "Document",
    "FileError",
    "FileLayer",
    "Group",
    "Metadata",
    "Node",
    "OraLayer",
    "check_can_hold",
    "check_composable",
    "check_writable_name",
    "compose",
    "depth_words",
    "read_document",
    "read_picture",
    "revise_ora",
    "with_ai_mark",
    "write_flat",
    "write_ora",
]
