"""Writes arrays and the manifest that `n2n-analyze leak-test --outputs DIR` reads. Needs NumPy alone."""
import json, os
import numpy as np


def save_outputs(folder, pairs, data_range, **more):
    """pairs: dictionaries with "id" and arrays [H, W], [H, W, C] or [C, H, W] with C up to 4, NumPy or torch (CPU, detached):
    prediction_a and noisy_a, and whatever there is of noisy_b, clean_a, repeat_a, swapped_noisy_a with swapped_prediction_a, and
    the same with _b. Text keys ("id", "subject", "split") are kept. more: sigma_a, sigma_b, reads_target, noises_are_independent."""
    os.makedirs(folder, exist_ok=True)
    entries = []
    for pair in pairs:
        entry = {}
        for key, value in pair.items():
            if not isinstance(value, str):
                array = np.asarray(value, np.float32)
                if array.ndim == 3 and array.shape[0] <= 4:
                    array = np.moveaxis(array, 0, -1)  # PyTorch's channels first
                value = f"{pair['id']}_{key}.npy"
                np.save(os.path.join(folder, value), array)
            entry[key] = value
        entries.append(entry)
    with open(os.path.join(folder, "manifest.json"), "w") as file:
        json.dump({"pairs": entries, "data_range": data_range, **more}, file, indent=1)
