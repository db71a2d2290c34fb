"""SavedModel to ONNX, by tf2onnx from the signature's own graph."""

import copy
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from facedebias import extras
from facedebias.exporting import signature_graph

OPSET = 17
"""Of the operators; runtimes of 2023 and later know it, in browsers too."""


def convert(source: Path) -> bytes:
    """Converts the signature `serving_default` of a SavedModel.

    Args:
        source: its folder.

    Returns:
        The file, weights and all; the same for the same model.

    Raises:
        InputError: if tf2onnx is not installed, or an operator has no counterpart in ONNX.
    """
    tf2onnx = extras.load("tf2onnx.convert", extras.ONNX, "--to=onnx")
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    answer, _ = signature_graph.read(source)
    with signature_graph.converting(source, "ONNX", "litert"):
        model, _ = tf2onnx.from_function(answer, input_signature=answer.input_signature, opset=OPSET)
    _name_by_place(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _name_by_place(model: Any) -> None:
    """Gives nodes and what flows between them names by their places, and weights the order of their use.

    tf2onnx numbers them as it comes, so that two conversions of one model differ.
    """
    graph = model.graph
    for part in _graphs(graph):
        _put_in_order(part)
    kept = {value.name for value in [*graph.input, *graph.output]}
    names = _new_names(graph, kept)
    for part in _graphs(graph):
        for number, node in enumerate(part.node):
            node.name, node.doc_string = f"{node.op_type}_{number}", ""
            node.input[:] = [names.get(name, name) for name in node.input]
            node.output[:] = [names.get(name, name) for name in node.output]
        for value in [*part.initializer, *part.input, *part.output]:
            value.name = names.get(value.name, value.name)
        part.initializer.sort(key=lambda weight: weight.name)
        del part.value_info[:]
    # One picture or many: all that the first side of inputs and outputs can be.
    for value in [*graph.input, *graph.output]:
        for side in value.type.tensor_type.shape.dim:
            if side.dim_param:
                side.dim_param = "batch"
    graph.name, graph.doc_string = "facedebias", ""


def _put_in_order(part: Any) -> None:
    """Gives nodes the order in which outputs need them; tf2onnx's depends on numbers in their names."""
    nodes = [copy.deepcopy(node) for node in part.node]
    maker = {name: number for number, node in enumerate(nodes) for name in node.output}
    order: dict[int, None] = {}
    waiting = [value.name for value in reversed(part.output)]
    while waiting:
        number = maker.get(waiting[-1])
        if number is None or number in order:
            waiting.pop()
            continue
        inner = [name for own in _graphs_of(nodes[number]) for node in own.node for name in node.input]
        needed = [name for name in [*nodes[number].input, *inner] if maker.get(name, number) != number]
        missing = [name for name in needed if maker[name] not in order]
        if missing:
            waiting += reversed(missing)
        else:
            order[number] = None
    del part.node[:]
    part.node.extend(nodes[number] for number in [*order, *(n for n in range(len(nodes)) if n not in order)])


def _new_names(graph: Any, kept: set[str]) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for part in _graphs(graph):
        for node in part.node:
            for name in [*node.input, *node.output]:
                if name and name not in kept:
                    names.setdefault(name, f"value_{len(names):05d}")
        for value in [*part.initializer, *part.input, *part.output]:
            if value.name not in kept:
                names.setdefault(value.name, f"value_{len(names):05d}")
    return names


def _graphs(graph: Any) -> Iterator[Any]:
    """A graph, and those of its branches and loops, in the order of their nodes."""
    yield graph
    for node in graph.node:
        yield from _graphs_of(node)


def _graphs_of(node: Any) -> Iterator[Any]:
    """The graphs of a node's branches and loops, and those within them."""
    for attribute in node.attribute:
        for inner in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
            yield from _graphs(inner)
