"""Reads and writes the sections of .pare files, and decodes their weights, from Documentation/PareFile.md alone."""

import dataclasses
import struct

import numpy
import onnx
from onnx import TensorProto, helper

MAGIC = bytes.fromhex("89504152450D0A1A")
VERSION = 1
NETWORK, WEIGHT = 1, 2
CODECS = {0: "raw", 1: "huffman", 2: "sparse", 3: "sparse_blocks"}


def crc32c(data: bytes) -> int:
    """The CRC-32C of bytes."""
    state = 0xFFFFFFFF
    for byte in data:
        state = state >> 8 ^ CRC_TABLE[(state ^ byte) & 0xFF]
    return state ^ 0xFFFFFFFF


def _crc_entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


CRC_TABLE = [_crc_entry(byte) for byte in range(256)]


def sections(data: bytes) -> list[tuple[int, bytes]]:
    """The sections of a file: kind and content."""
    assert data[:8] == MAGIC, "no .pare file"
    assert struct.unpack("<I", data[8:12]) == (VERSION,), "another version"
    found, position = [], 12
    while position < len(data):
        kind, length, check = struct.unpack_from("<BQI", data, position)
        content = data[position + 13 : position + 13 + length]
        assert len(content) == length, "cut off"
        assert crc32c(data[position : position + 9] + content) == check, "check sum"
        found.append((kind, content))
        position += 13 + length
    return found


def file(parts: list[tuple[int, bytes]]) -> bytes:
    """The file of sections, with right check sums."""
    data = MAGIC + struct.pack("<I", VERSION)
    for kind, content in parts:
        head = struct.pack("<BQ", kind, len(content))
        data += head + struct.pack("<I", crc32c(head + content)) + content
    return data


class Reader:
    """Takes numbers and bytes from the front of some bytes."""

    def __init__(self, data: bytes):
        self.data, self.position = data, 0

    def take(self, count: int) -> bytes:
        piece = self.data[self.position : self.position + count]
        assert len(piece) == count, "cut off"
        self.position += count
        return piece

    def byte(self) -> int:
        return self.take(1)[0]

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.position)

    def count(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def lengths(self) -> list[int]:
        """A Huffman table."""
        halves, lengths = [], []

        def half() -> int:
            if not halves:
                byte = self.byte()
                halves.extend([byte >> 4, byte & 15])
            return halves.pop(0)

        while len(lengths) < 256:
            length = half()
            lengths += [0] * (16 * half() + half() + 1) if length == 15 else [length]
        assert len(lengths) == 256 and halves in ([], [0]), "table"
        return lengths

    def packed(self) -> bytes:
        """Packed bytes."""
        count = self.count()
        if self.byte() == 0:
            return self.take(count)
        codes, code = {}, 0
        lengths = self.lengths()
        for length in range(1, 13):
            for value in range(256):
                if lengths[value] == length:
                    codes[f"{code:0{length}b}"] = value
                    code += 1
            code <<= 1
        bits = "".join(f"{byte:08b}" for byte in self.take(self.count()))
        values, position = bytearray(), 0
        while len(values) < count:
            length = next(n for n in range(1, 13) if bits[position : position + n] in codes)
            values.append(codes[bits[position : position + length]])
            position += length
        assert "1" not in bits[position:] and len(bits) - position < 8, "bits behind the codes"
        return bytes(values)

    def planes(self, count: int, size: int) -> numpy.ndarray:
        """Byte planes: an element a row."""
        planes = [numpy.frombuffer(self.packed(), numpy.uint8) for _ in range(size)]
        assert all(len(plane) == count for plane in planes), "planes"
        return numpy.stack(planes, axis=1)

    def gaps(self, places: int) -> list[int]:
        """Positions."""
        positions, place = [], 0
        for gap in self.packed():
            place += gap
            if gap < 255:
                positions.append(place)
                place += 1
        assert positions.pop() == places, "gaps"
        return positions


@dataclasses.dataclass
class Weight:
    """A weight: what the file calls it, the codec, and the elements."""

    name: str
    codec: str
    elements: numpy.ndarray


def elements(content: bytes, shape: tuple, dtype: numpy.dtype) -> tuple[str, numpy.ndarray]:
    """The codec and the elements of a weight's section."""
    reader = Reader(content)
    codec = CODECS[reader.byte()]
    size, count = dtype.itemsize, int(numpy.prod(shape, dtype=numpy.int64))
    data = numpy.zeros((count, size), numpy.uint8)
    if codec == "raw":
        data[:] = numpy.frombuffer(reader.rest(), numpy.uint8).reshape(count, size)
    elif codec == "huffman":
        data[:] = reader.planes(count, size)
    elif codec == "sparse":
        positions = reader.gaps(count)
        data[positions] = reader.planes(len(positions), size)
    else:
        distance, extent, length = reader.count(), reader.count(), reader.count()
        rows = -(-extent // length)
        positions = []
        for block in reader.gaps(count // extent * rows):
            line, column = divmod(block, distance)
            outer, row = divmod(line, rows)
            first = (outer * extent + row * length) * distance + column
            positions += [first + i * distance for i in range(min(length, extent - row * length))]
        data[positions] = reader.planes(len(positions), size)
    assert reader.position == len(content), "something stands behind the elements"
    return codec, numpy.frombuffer(data.tobytes(), dtype).reshape(shape)


def split_network(content: bytes) -> tuple[bytes, bytes]:
    """What stands before the message in the network's section, and the message."""
    reader = Reader(content)
    reader.count()
    reader.take(reader.count())
    head, message = content[: reader.position], reader.packed()
    assert reader.position == len(content), "something stands behind the message"
    return head, message


def plain(data: bytes) -> bytes:
    """Bytes as packed bytes that are not coded."""
    count, rest = bytearray(), len(data)
    while rest >= 0x80:
        count.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*count, rest, 0]) + data


def read(data: bytes) -> tuple[onnx.ModelProto, list[Weight]]:
    """The network, its weights put back as raw data, and the weights."""
    (kind, content), *rest = sections(data)
    assert kind == NETWORK and all(kind == WEIGHT for kind, _ in rest), "kinds"
    model = onnx.ModelProto.FromString(split_network(content)[1])
    places = [
        tensor for tensor in model.graph.initializer
        if tensor.data_location == TensorProto.EXTERNAL and not tensor.external_data
    ]
    assert len(places) == len(rest), "weights"
    weights = []
    for tensor, (_, content) in zip(places, rest):
        dtype = numpy.dtype(helper.tensor_dtype_to_np_dtype(tensor.data_type))
        codec, values = elements(content, tuple(tensor.dims), dtype)
        weights.append(Weight(tensor.name, codec, values))
        tensor.ClearField("data_location")
        tensor.raw_data = values.tobytes()
    return model, weights
