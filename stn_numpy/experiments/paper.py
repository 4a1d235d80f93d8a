"""The paper's own figures: Table 1, distorted MNIST, with what is said beside it on TC; Table 4, MNIST addition."""

COLUMNS = ("R", "RTS", "P", "E", "TC")

# Test error in per cent. For TC the paper has one ST-FCN and one ST-CNN and does not say with which transform; they
# stand beside our affine ones, the transform that it uses wherever it names none.
TABLE_1 = {
    "fcn": {"R": 2.1, "RTS": 5.2, "P": 3.1, "E": 3.2, "TC": 13.2},
    "cnn": {"R": 1.2, "RTS": 0.8, "P": 1.5, "E": 1.4, "TC": 3.5},
    "st-fcn-aff": {"R": 1.2, "RTS": 0.8, "P": 1.5, "E": 2.7, "TC": 2.0},
    "st-fcn-proj": {"R": 1.3, "RTS": 0.9, "P": 1.4, "E": 2.6},
    "st-fcn-tps": {"R": 1.1, "RTS": 0.8, "P": 1.4, "E": 2.4},
    "st-cnn-aff": {"R": 0.7, "RTS": 0.5, "P": 0.8, "E": 1.2, "TC": 1.7},
    "st-cnn-proj": {"R": 0.8, "RTS": 0.6, "P": 0.8, "E": 1.3},
    "st-cnn-tps": {"R": 0.7, "RTS": 0.5, "P": 0.8, "E": 1.1},
}

STEPS, SEEDS, BATCH_SIZE = 150_000, 3, 256

# Table 4 (A.1), MNIST addition: test error in per cent.
TABLE_4 = {"FCN": 47.7, "CNN": 14.7, "ST-FCN Aff": 22.6, "ST-FCN Proj": 18.5, "ST-FCN TPS": 19.1,
           "2xST-FCN Aff": 9.0, "2xST-FCN Proj": 5.9, "2xST-FCN TPS": 5.8}
