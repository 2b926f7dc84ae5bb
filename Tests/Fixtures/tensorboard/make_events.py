#!/usr/bin/env python3
"""An event file in TensorBoard's own encoding, which the tests compare byte by byte.

    pip install tensorboard
    python make_events.py          writes events.tfevents and versions.json beside this script
"""
import json, os

import google.protobuf
import tensorboard
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

here = os.path.dirname(os.path.abspath(__file__))


def scalar(value):
    return Summary(value=[Summary.Value(tag="loss/cross", simple_value=value)])


image = Summary.Image(height=2, width=3, colorspace=1, encoded_image_string=bytes(range(200)))
events = [
    Event(wall_time=1000.5, file_version="brain.Event:2"),
    Event(wall_time=1000.5, step=0, summary=scalar(0.0)),
    Event(wall_time=1000.5, step=1, summary=scalar(0.75)),
    Event(wall_time=1000.5, step=300, summary=scalar(-1e-30)),
    Event(wall_time=1000.5, step=1 << 40, summary=scalar(float("inf"))),
    Event(wall_time=1000.5, step=1 << 40, summary=Summary(value=[Summary.Value(tag="images/ä", image=image)])),
]
with open(here + "/events.tfevents", "wb") as file:
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString())
with open(here + "/versions.json", "w") as file:
    json.dump({"tensorboard": tensorboard.__version__, "protobuf": google.protobuf.__version__}, file)
    file.write("\n")
