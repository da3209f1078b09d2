# SPDX-License-Identifier: GPL-3.0-or-later
class Attribute: ...

class AttrList:
    def __init__(self) -> None: ...
    def insert(self, attribute: Attribute) -> None: ...

class EllipsizeMode:
    END: EllipsizeMode

class Weight:
    BOLD: Weight

class WrapMode:
    WORD_CHAR: WrapMode

def attr_scale_new(scale: float) -> Attribute: ...
def attr_weight_new(weight: Weight) -> Attribute: ...
