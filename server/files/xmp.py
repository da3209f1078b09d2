# SPDX-License-Identifier: Apache-2.0
"""XMP packets: changed in their text, so that everything else in them stays as it is.

ISO 16684-1 (XMP); IPTC Photo Metadata Standard, “Digital Source Type”.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

BYTES_MAX = 16 << 20
TIFF = "http://ns.adobe.com/tiff/1.0/"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
META = "adobe:ns:meta/"
AI_TOOK_PART = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's term for a picture of which a trained model made a part."""


def upright(packet: bytes) -> bytes:
    """The packet with tiff:Orientation 1, where it has one."""
    return _set(packet, TIFF, "Orientation", "1")[0]


def with_ai_mark(packet: bytes | None) -> bytes:
    """The packet (or a new one) that says that a trained model made a part of the picture.

    Its other properties stay. What is no XML is replaced.
    """
    if packet is None or _parsed(packet) is None:
        packet = _repaired(packet)
    changed, found = _set(packet, IPTC, "DigitalSourceType", AI_TOOK_PART)
    if found:
        return changed
    about = re.search(rb"<rdf:Description[^>]*?\srdf:about\s*=\s*(\"[^\"]*\"|'[^']*')", packet)
    mark = (
        b"<rdf:Description rdf:about="
        + (about.group(1) if about else b'""')
        + f' xmlns:rdf="{RDF}" xmlns:Iptc4xmpExt="{IPTC}"'.encode()
        + f" Iptc4xmpExt:DigitalSourceType={quoteattr(AI_TOOK_PART)}/>".encode()
    )
    for changed in (_into(packet, RDF, "RDF", mark), _into(packet, META, "xmpmeta", _rdf(mark))):
        if changed is not None and _parsed(changed) is not None:
            return changed
    return _new(mark)


def _rdf(inside: bytes) -> bytes:
    return f'<rdf:RDF xmlns:rdf="{RDF}">'.encode() + inside + b"</rdf:RDF>"


def _new(mark: bytes) -> bytes:
    return (
        b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        + f'<x:xmpmeta xmlns:x="{META}">'.encode()
        + _rdf(mark)
        + b'</x:xmpmeta><?xpacket end="w"?>'
    )


def _repaired(packet: bytes | None) -> bytes:
    """A packet whose only fault is that it does not say what `x` means, or an empty one."""
    fixed = re.sub(
        rb"<x:xmpmeta(?![^>]*xmlns:x)", f'<x:xmpmeta xmlns:x="{META}"'.encode(), packet or b""
    )
    if _parsed(fixed) is None:
        return f'<x:xmpmeta xmlns:x="{META}"></x:xmpmeta>'.encode()
    return fixed


def _parsed(packet: bytes) -> ElementTree.Element | None:
    """The packet as XML; None for damage, document types and the absurdly large."""
    if len(packet) > BYTES_MAX or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return None
    try:
        return ElementTree.fromstring(packet.strip(b"\x00"))  # noqa: S314 - no entities
    except (ElementTree.ParseError, ValueError):
        return None


def _prefixes(packet: bytes, namespace: str) -> set[bytes]:
    """What a namespace is called in a packet; its usual prefix may be bound to something else."""
    pattern = rb"xmlns:([\w.-]+)\s*=\s*[\"']" + re.escape(namespace.encode()) + rb"[\"']"
    return set(re.findall(pattern, packet))


def _set(packet: bytes, namespace: str, name: str, value: str) -> tuple[bytes, bool]:
    """A simple property given another value, as attribute or element; and whether it was there."""
    found = 0
    for prefix in _prefixes(packet, namespace):
        full, new = re.escape(prefix) + b":" + name.encode(), value.encode()
        packet, attributes = re.subn(
            rb"(\s" + full + rb"\s*=\s*)(\"[^\"<]*\"|'[^'<]*')",
            lambda hit, new=new: hit.group(1) + b'"' + new + b'"',
            packet,
        )
        packet, elements = re.subn(
            rb"(<" + full + rb"(?:\s[^>]*)?(?<!/)>)[^<]*(</" + full + rb"\s*>)",
            lambda hit, new=new: hit.group(1) + new + hit.group(2),
            packet,
        )
        found += attributes + elements
    return packet, found > 0


def _into(packet: bytes, namespace: str, name: str, inside: bytes) -> bytes | None:
    """The packet with something at the end of an element; None without such an element."""
    for prefix in _prefixes(packet, namespace):
        full = prefix + b":" + name.encode()
        end = packet.rfind(b"</" + full)
        if end >= 0:
            return packet[:end] + inside + packet[end:]
        empty = re.search(rb"<" + re.escape(full) + rb"(?=[\s/])[^>]*?(/)>", packet)
        if empty is not None:
            close = b">" + inside + b"</" + full + b">"
            return packet[: empty.start(1)] + close + packet[empty.end() :]
    return None
