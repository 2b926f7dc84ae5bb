#!/usr/bin/env python3
"""What TensorBoard's own reader finds in a run directory, as one JSON line: python read_events.py DIRECTORY"""
import json, sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = EventAccumulator(sys.argv[1]).Reload()
tags = run.Tags()
print(json.dumps({
    "fileVersion": run.file_version,
    "scalars": {tag: [[e.wall_time, e.step, e.value] for e in run.Scalars(tag)] for tag in tags["scalars"]},
    "images": {tag: [[e.step, e.height, e.width, list(e.encoded_image_string)] for e in run.Images(tag)]
               for tag in tags["images"]},
}))
