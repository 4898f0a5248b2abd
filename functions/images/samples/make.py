"""Makes the samples beside it: `pip install pillow && python3 make.py`. They are small, and as cameras make them: with a
place, a thumbnail, an orientation, comments, and a second picture behind the end."""

from io import BytesIO
from pathlib import Path

from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

HERE = Path(__file__).parent
GPS, ORIENTATION, MAKE, DESCRIPTION = 0x8825, 0x0112, 0x010F, 0x010E
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>48,51.5N</exif:GPSLatitude></x:xmpmeta>'


def picture(width=48, height=32):
    image = Image.new("RGB", (width, height))
    image.putdata([(5 * x, 7 * y, (x * y) % 256) for y in range(height) for x in range(width)])
    return image


def exif():
    data = Image.Exif()
    data[ORIENTATION], data[MAKE], data[DESCRIPTION] = 6, "SecretCamera", "SecretHome"
    rational = TiffImagePlugin.IFDRational
    data[GPS] = {1: "N", 2: (rational(48), rational(51), rational(30)), 3: "E", 4: (rational(2), rational(17), rational(40))}
    return data.tobytes()


def jpeg(image, **options):
    out = BytesIO()
    image.save(out, "JPEG", quality=85, **options)
    return out.getvalue()


def main():
    image, data = picture(), exif()
    (HERE / "plain.jpg").write_bytes(jpeg(image))
    (HERE / "progressive.jpg").write_bytes(jpeg(image, progressive=True))
    phone = jpeg(image, exif=data, comment=b"SecretComment", xmp=XMP)
    (HERE / "phone.jpg").write_bytes(phone + jpeg(picture(16, 16), exif=data))
    image.save(HERE / "plain.png")
    texts = PngInfo()
    texts.add_text("Comment", "SecretComment")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    image.save(HERE / "phone.png", exif=data, pnginfo=texts)
    image.save(HERE / "plain.webp", quality=80)
    image.save(HERE / "lossless.webp", lossless=True)
    image.convert("RGBA").save(HERE / "phone.webp", exif=data, xmp=XMP, quality=80)
    image.save(HERE / "moving.webp", save_all=True, append_images=[picture().rotate(90)])
    image.save(HERE / "moving.png", save_all=True, append_images=[picture().rotate(90)])
    image.save(HERE / "other.gif")


main()
