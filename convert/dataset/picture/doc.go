// Package picture turns picture files into what a model for pictures takes: it decodes JPEG, PNG,
// WebP, BMP and GIF, turns them as their EXIF orientation says, resizes and crops them, and
// normalises the numbers. How that is done is one value, a Preprocess.
//
// Pixels are those that Python programs with PIL compute: chroma is interpolated as libjpeg does it,
// filters are PIL's with its integer arithmetic, and alpha is dropped as by convert("RGB"). So a
// model sees here what it was trained on there. Scaling is our own code because it must be the same
// to the last bit, and because only the part that a crop keeps need be computed.
package picture
