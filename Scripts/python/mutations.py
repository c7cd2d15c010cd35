"""Structure-aware mutations of ONNX files: what a damaged export, a faulty converter or an attacker may hand over."""

import random

import google.protobuf.message
import onnx
from onnx import AttributeProto, TensorProto, helper

import pare_file

EXTREMES = (0, 1, -1, 2, 3, 7, 255, 65_537, 2**31 - 1, -(2**31), 2**31, 2**40, 2**62, 2**63 - 1, -(2**63))
WORDS = (b"", b"SAME_UPPER", b"SAME_LOWER", b"VALID", b"linear", b"reflect", b"\xff\xfe", b"x" * 999)
NUMBERS = (0.0, -1.0, 1e-45, 1e38, float("inf"), float("-inf"), float("nan"))


def mutated(base: bytes, others: list, seed: int) -> bytes:
    """A mutation of a serialized model; `others` are serialized models whose parts may be mixed in."""
    chance = random.Random(seed)
    model = onnx.load_from_string(base)
    for _ in range(chance.choice((1, 1, 2, 3))):
        chance.choice(STRUCTURAL)(model, chance, others)
    try:
        data = bytearray(model.SerializeToString())
    except ValueError:
        data = bytearray(base)
    if chance.random() < 0.25:
        chance.choice(RAW)(data, chance)
    return bytes(data)


# Structure


def graph_nodes(model, chance):
    return chance.choice(model.graph.node) if model.graph.node else None


def swap_inputs(model, chance, _):
    a, b = graph_nodes(model, chance), graph_nodes(model, chance)
    if a is not None and a.input and b.input:
        i, j = chance.randrange(len(a.input)), chance.randrange(len(b.input))
        a.input[i], b.input[j] = b.input[j], a.input[i]


def change_input(model, chance, _):
    node = graph_nodes(model, chance)
    if node is None or not node.input:
        return
    index = chance.randrange(len(node.input))
    names = [value for other in model.graph.node for value in [*other.input, *other.output]]
    node.input[index] = chance.choice([*names, *node.output, "", "nowhere"])


def drop_or_add_input(model, chance, _):
    node = graph_nodes(model, chance)
    if node is None:
        return
    if node.input and chance.random() < 0.5:
        del node.input[chance.randrange(len(node.input))]
    else:
        node.input.append(chance.choice([value for other in model.graph.node for value in other.output] or [""]))


def change_outputs(model, chance, _):
    node = graph_nodes(model, chance)
    if node is None or not node.output:
        return
    index = chance.randrange(len(node.output))
    node.output[index] = chance.choice(["", "renamed", *node.input, *(port.name for port in model.graph.output)])


def change_type(model, chance, _):
    node = graph_nodes(model, chance)
    if node is not None:
        node.op_type = chance.choice(sorted(onnx.defs.get_all_schemas(), key=lambda schema: schema.name)).name


def move_nodes(model, chance, _):
    nodes = list(model.graph.node)
    if not nodes:
        return
    how = chance.randrange(3)
    if how == 0:
        chance.shuffle(nodes)
    elif how == 1:
        del nodes[chance.randrange(len(nodes))]
    else:
        nodes.insert(chance.randrange(len(nodes) + 1), chance.choice(nodes))
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(copies)


def change_attribute(model, chance, _):
    node = graph_nodes(model, chance)
    if node is None or not node.attribute:
        return
    attribute = chance.choice(node.attribute)
    if attribute.type == AttributeProto.INT:
        attribute.i = chance.choice(EXTREMES)
    elif attribute.type == AttributeProto.FLOAT:
        attribute.f = chance.choice(NUMBERS)
    elif attribute.type == AttributeProto.INTS:
        values = list(attribute.ints)
        change_list(values, EXTREMES, chance)
        del attribute.ints[:]
        attribute.ints.extend(values)
    elif attribute.type == AttributeProto.FLOATS:
        values = list(attribute.floats)
        change_list(values, NUMBERS, chance)
        del attribute.floats[:]
        attribute.floats.extend(values)
    elif attribute.type == AttributeProto.STRING:
        attribute.s = chance.choice(WORDS)
    elif attribute.type == AttributeProto.TENSOR:
        change_tensor(attribute.t, chance)


def change_list(values, extremes, chance):
    how = chance.randrange(4)
    if how == 0 or not values:
        values.append(chance.choice(extremes))
    elif how == 1:
        del values[chance.randrange(len(values))]
    else:
        values[chance.randrange(len(values))] = chance.choice(extremes)


def change_attribute_set(model, chance, others):
    node = graph_nodes(model, chance)
    if node is None:
        return
    how = chance.randrange(4)
    if how == 0 and node.attribute:
        del node.attribute[chance.randrange(len(node.attribute))]
    elif how == 1 and node.attribute:
        chance.choice(node.attribute).type = chance.randrange(0, 15)
    elif how == 2 and node.attribute:
        node.attribute.append(chance.choice(node.attribute))
    else:
        donors = [a for other in onnx.load_from_string(chance.choice(others)).graph.node for a in other.attribute]
        if donors:
            node.attribute.append(chance.choice(donors))


def change_tensor(tensor, chance):
    how = chance.randrange(6)
    if how == 0 and tensor.dims:
        tensor.dims[chance.randrange(len(tensor.dims))] = chance.choice(EXTREMES)
    elif how == 1:
        tensor.dims.append(chance.choice(EXTREMES[:6]))
    elif how == 2 and tensor.dims:
        del tensor.dims[chance.randrange(len(tensor.dims))]
    elif how == 3:
        tensor.data_type = chance.choice([*range(0, 26), 99, -1])
    elif how == 4 and tensor.raw_data:
        cut = chance.randrange(len(tensor.raw_data))
        tensor.raw_data = chance.choice([tensor.raw_data[:cut], tensor.raw_data + b"\0" * 5, b""])
    elif tensor.raw_data:
        data = bytearray(tensor.raw_data)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.choice([0, 0x7F, 0x80, 0xFF])
        tensor.raw_data = bytes(data)


def change_initializer(model, chance, _):
    if model.graph.initializer:
        change_tensor(chance.choice(model.graph.initializer), chance)


def swap_initializers(model, chance, _):
    stored = model.graph.initializer
    if len(stored) > 1:
        a, b = chance.sample(range(len(stored)), 2)
        stored[a].name, stored[b].name = stored[b].name, stored[a].name


def make_initializer(model, chance, _):
    """An input becomes a constant of extreme integers, as shape rules would read it."""
    ports = [*model.graph.input]
    if ports:
        values = [chance.choice(EXTREMES) for _ in range(chance.randint(0, 4))]
        name = chance.choice(ports).name
        model.graph.initializer.append(helper.make_tensor(name, TensorProto.INT64, [len(values)], values))


def change_port(model, chance, _):
    ports = [*model.graph.input, *model.graph.output, *model.graph.value_info]
    if not ports:
        return
    port = chance.choice(ports)
    kind = port.type.tensor_type
    how = chance.randrange(5)
    if how == 0 and kind.shape.dim:
        kind.shape.dim[chance.randrange(len(kind.shape.dim))].dim_value = chance.choice(EXTREMES)
    elif how == 1 and kind.shape.dim:
        kind.shape.dim[chance.randrange(len(kind.shape.dim))].dim_param = chance.choice(["N", "", "batch*2"])
    elif how == 2:
        kind.shape.dim.add().dim_value = chance.choice(EXTREMES[:6])
    elif how == 3:
        kind.elem_type = chance.choice([*range(0, 24), 99])
    else:
        port.name = chance.choice(["", "renamed", *(value for node in model.graph.node for value in node.output)])


def change_ports(model, chance, _):
    ports = chance.choice([model.graph.input, model.graph.output])
    if ports and chance.random() < 0.5:
        del ports[chance.randrange(len(ports))]
    elif model.graph.input:
        ports.append(chance.choice(model.graph.input))


def change_version(model, chance, _):
    if model.opset_import and chance.random() < 0.7:
        model.opset_import[0].version = chance.choice([0, 1, 6, 7, 8, 10, 11, 12, 13, 17, 18, 21, 28, 29, 10**6, -1])
    elif chance.random() < 0.5:
        model.ir_version = chance.choice([0, 3, 8, 10, 14, 99, 2**62])
    else:
        domain = chance.choice(["", "ai.onnx", "com.example"])
        model.opset_import.append(helper.make_opsetid(domain, chance.choice([9, 17])))


def mix_in_nodes(model, chance, others):
    donor = onnx.load_from_string(chance.choice(others))
    model.graph.node.extend(donor.graph.node)
    model.graph.initializer.extend(donor.graph.initializer)
    if model.graph.node and donor.graph.node and donor.graph.node[0].input and chance.random() < 0.7:
        outputs = [value for node in model.graph.node for value in node.output if value]
        if outputs:
            model.graph.node[len(model.graph.node) - len(donor.graph.node)].input[0] = chance.choice(outputs)


# What stays near a sound network reaches deeper than what breaks the graph at once, and stands more often.
STRUCTURAL = (
    *[change_attribute] * 6, *[change_initializer] * 5, *[change_port] * 3, *[change_type] * 3, *[make_initializer] * 2,
    *[swap_initializers] * 2, swap_inputs, change_input, drop_or_add_input, change_outputs, move_nodes,
    change_attribute_set, change_ports, change_version, mix_in_nodes,
)


# Bytes


def flip_bits(data, chance):
    for _ in range(chance.randint(1, 8)):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def truncate(data, chance):
    del data[chance.randrange(len(data) + 1) :]


def repeat_piece(data, chance):
    if data:
        start = chance.randrange(len(data))
        piece = data[start : start + chance.randint(1, 40)]
        where = chance.randrange(len(data))
        data[where:where] = piece


def overwrite_piece(data, chance):
    if data:
        start = chance.randrange(len(data))
        for index in range(start, min(start + chance.randint(1, 12), len(data))):
            data[index] = chance.choice([0, 0xFF, 0x80, chance.randrange(256)])


RAW = (flip_bits, flip_bits, truncate, repeat_piece, overwrite_piece)


# .pare files


def mutated_pare(base: bytes, others: list, seed: int) -> bytes:
    """A mutation of a .pare file: of its bytes, or of what its sections hold, their check sums made right."""
    chance = random.Random(seed)
    if chance.random() < 0.1:
        data = bytearray(base)
        chance.choice(RAW)(data, chance)
        return bytes(data)
    parts = pare_file.sections(base)
    for _ in range(chance.choice((1, 1, 2, 3))):
        chance.choice((change_network, change_weight, change_weight, change_order))(parts, chance, others)
    return pare_file.file(parts)


def change_network(parts, chance, others):
    kind, content = parts[0]
    if kind != pare_file.NETWORK:
        return
    try:
        head, message = pare_file.split_network(content)
        parts[0] = (kind, head + pare_file.plain(mutated(message, others, chance.randrange(2**32))))
    except (google.protobuf.message.DecodeError, AssertionError, StopIteration):
        pass  # An earlier mutation damaged it already.


def change_weight(parts, chance, _):
    index = chance.randrange(len(parts))
    data = bytearray(parts[index][1])
    chance.choice(RAW)(data, chance)
    # The first bytes say most: codec, counts and tables.
    if data and chance.random() < 0.5:
        data[chance.randrange(min(len(data), 12))] = chance.choice((0, 1, 2, 3, 15, 127, 128, 255))
    parts[index] = (parts[index][0], bytes(data))


def change_order(parts, chance, _):
    a, b = chance.randrange(len(parts)), chance.randrange(len(parts))
    if chance.random() < 0.5:
        parts[a], parts[b] = parts[b], parts[a]
    elif len(parts) > 1:
        del parts[a]
