"""The vocabulary: declared ranges, ids, class tables, prompt tokens (spec 01 sections 11 to 15)."""

from .class_vector import class_vector, with_known_labels
from .ranges import EventRange, TokenizerError
from .tables import ClassTables
from .tokenizer import EOS_ID, PAD_ID, SOS_ID, Tokenizer

__all__ = [
    "EOS_ID",
    "PAD_ID",
    "SOS_ID",
    "ClassTables",
    "EventRange",
    "Tokenizer",
    "TokenizerError",
    "class_vector",
    "with_known_labels",
]
