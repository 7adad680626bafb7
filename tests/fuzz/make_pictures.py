"""Makes the seeds of fuzz_picture, small pictures of every kind and coding.

usage: make_pictures.py FOLDER
"""
import sys
from pathlib import Path

import numpy
from PIL import Image

# Which part is read and how far it is reduced: in the last bytes of a seed.
WHOLE, PART, EIGHTH = b"\x00\x00\xff\xff\x00", b"\x40\x30\x60\x90\x01", b"\x00\x00\xff\xff\x03"


def main():
    folder = Path(sys.argv[1])
    y, x = numpy.mgrid[0:40, 0:56]
    rgb = Image.fromarray(numpy.stack([4 * x, 6 * y, 2 * (x + y)], axis=2).astype("uint8"))
    alpha = rgb.convert("RGBA")
    alpha.putalpha(128)
    deep = Image.fromarray((1000 * x + 200 * y).astype("uint16"))
    grey, cmyk, palette, bits = rgb.convert("L"), rgb.convert("CMYK"), rgb.convert("P"), rgb.convert("1")
    small = palette.resize((14, 10))
    seeds = [
        ("420.jpg", rgb, WHOLE, {}),
        ("444_restart.jpg", rgb, PART, {"subsampling": 0, "quality": 95, "restart_marker_blocks": 2}),
        ("progressive.jpg", rgb, EIGHTH, {"progressive": True}),
        ("grey.jpg", grey, PART, {}),
        ("cmyk.jpg", cmyk, WHOLE, {}),
        ("rgb.png", rgb, WHOLE, {}),
        ("rgba.png", alpha, PART, {}),
        ("deep.png", deep, WHOLE, {}),
        ("palette.png", palette, WHOLE, {"transparency": 3}),
        ("bits.png", bits, WHOLE, {}),
        ("rgb.bmp", rgb.resize((14, 10)), WHOLE, {}),
        ("palette.bmp", small, WHOLE, {}),
        ("rgb.tif", rgb.resize((14, 10)), WHOLE, {}),
        ("rgba_lzw.tif", alpha, PART, {"compression": "tiff_lzw"}),
        ("deep_deflate.tif", deep, WHOLE, {"compression": "tiff_adobe_deflate"}),
        ("cmyk_bits.tif", cmyk.resize((14, 10)), WHOLE, {"compression": "packbits"}),
        ("ycc.tif", rgb, WHOLE, {"compression": "jpeg"}),
        ("fax.tif", bits, WHOLE, {"compression": "group4"}),
        ("palette_lzw.tif", palette, WHOLE, {"compression": "tiff_lzw"}),
    ]
    for name, image, part, options in seeds:
        image.save(folder / name, **options)
        with open(folder / name, "ab") as file:
            file.write(part)


main()
