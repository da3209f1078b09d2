# SPDX-License-Identifier: Apache-2.0
"""XMP packets: one property changed or added, all others kept."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from server.files.xmp import AI_TOOK_PART, upright, with_ai_mark

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'tiff:Orientation="6" dc:source="a camera"/></rdf:RDF></x:xmpmeta>'
)


def mark_of(packet: bytes) -> list[str]:
    iptc = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
    root = ElementTree.fromstring(packet)
    return [one.get(iptc) or "" for one in root.iter() if one.get(iptc)] + [
        one.text or "" for one in root.iter(iptc)
    ]


OWN = XMP.replace(b"</rdf:RDF>", b"<!-- more --></rdf:RDF>")
MARKED = XMP.replace(
    b"<rdf:Description ",
    b'<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    b'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture" ',
)


@pytest.mark.parametrize(
    "packet",
    [
        None,
        XMP,
        OWN,
        MARKED,
        b"<x:xmpmeta/>",
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
        b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>' + XMP + b'<?xpacket end="w"?>',
        XMP.replace(b"rdf:", b"r:").replace(b"xmlns:rdf", b"xmlns:r"),
        b"not xml at all <",
        b"",
    ],
)
def test_the_mark_that_a_model_took_part(packet):
    marked = with_ai_mark(packet)
    assert mark_of(marked) == [AI_TOOK_PART]
    if packet and b"dc:source" in packet:
        assert b'dc:source="a camera"' in marked
    assert with_ai_mark(marked) == marked, "once is enough"


def test_orientation_in_xmp_as_attribute_and_element():
    element = XMP.replace(b'tiff:Orientation="6" ', b"").replace(
        b'camera"/>', b'camera"><tiff:Orientation>6</tiff:Orientation></rdf:Description>'
    )
    assert b"<tiff:Orientation>1</tiff:Orientation>" in upright(element)
    assert upright(XMP) == XMP.replace(b'"6"', b'"1"')
    other = XMP.replace(b"tiff:", b"t:").replace(b"xmlns:tiff", b"xmlns:t")
    assert b't:Orientation="1"' in upright(other)
