"""scikit-image's non-local means as an external program that is never given the target: python nlm.py SOURCE.npy OUTPUT.npy"""
import sys
import numpy as np
from skimage.restoration import denoise_nl_means

source = np.load(sys.argv[1])
np.save(sys.argv[2], np.stack([[denoise_nl_means(c, patch_size=5, patch_distance=5, h=0.15, sigma=0.2) for c in x] for x in source]))
