/* TIFF for ingest_picture.h, by libtiff: what its RGBA interface knows, band by band. */
#include "base_log.h"
#include "ingest_decode.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <tiffio.h>

#define BAND_ROWS    64                 /* at least, where strips or tiles are lower */
#define MEMORY_MAX   ((int64_t)1 << 28) /* bytes of any block: a strip, a table of them, a band */
#define SAMPLES_MAX  16                 /* of a pixel: more would be work without end */
#define REDUCED_COPY "its first picture is a smaller copy of another, as in raw files of cameras"

typedef struct decoder {
    FILE *file;
    ingest_picture_result *result;
    bool short_read; /* libtiff has asked for more than there is */
    TIFF *tiff;
    TIFFRGBAImage image;
    uint32_t *band; /* [rows of a band, width] */
    ingest_picture picture;
} decoder;

/* ---- libtiff's way to the file and to the log ---- */

static tmsize_t on_read(thandle_t context, void *bytes, tmsize_t size)
{
    decoder *d = context;
    size_t got = fread(bytes, 1, (size_t)size, d->file);

    d->short_read = d->short_read || got < (size_t)size;
    return (tmsize_t)got;
}

static tmsize_t on_write(thandle_t context, void *bytes, tmsize_t size)
{
    (void)context;
    (void)bytes;
    (void)size;
    return -1;
}

static toff_t on_seek(thandle_t context, toff_t offset, int whence)
{
    decoder *d = context;

    return fseeko(d->file, (off_t)offset, whence) == 0 ? (toff_t)ftello(d->file) : (toff_t)-1;
}

static int on_close(thandle_t context)
{
    (void)context; /* the file is the caller's */
    return 0;
}

static toff_t on_size(thandle_t context)
{
    decoder *d = context;
    struct stat about;

    return fstat(fileno(d->file), &about) == 0 ? (toff_t)about.st_size : 0;
}

static int on_error(TIFF *tiff, void *context, const char *module, const char *format, va_list arguments)
{
    decoder *d = context;
    char text[INGEST_PICTURE_DETAIL];

    (void)tiff;
    (void)module;
    vsnprintf(text, sizeof text, format, arguments);
    ingest_picture_note(d->result, "%s", text);
    return 1;
}

/* Nearly all are of private tags. */
static int on_warning(TIFF *tiff, void *context, const char *module, const char *format, va_list arguments)
{
    (void)tiff;
    (void)context;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}

static bool refuse(decoder *d, ingest_reason reason, const char *what)
{
    if (reason == INGEST_PICTURE_DAMAGED && d->short_read)
        reason = ferror(d->file) ? INGEST_PICTURE_UNREADABLE : INGEST_PICTURE_TRUNCATED;
    d->result->reason = reason;
    ingest_picture_note(d->result, "%s", what);
    return false;
}

/* ---- the header ---- */

static bool open_file(decoder *d)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();

    if (options) {
        TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)MEMORY_MAX);
        TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, d);
        TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, d);
        /* m: no mapping, where a file that another process cuts would be a signal */
        d->tiff = TIFFClientOpenExt("", "rm", d, on_read, on_write, on_seek, on_close, on_size, NULL, NULL,
                                    options);
        TIFFOpenOptionsFree(options);
    }
    return d->tiff ? true : refuse(d, INGEST_PICTURE_DAMAGED, "libtiff cannot open it");
}

static bool check_kind(decoder *d)
{
    char text[1024] = "";
    uint32_t kind = 0;
    uint16_t samples = 1, compression = COMPRESSION_NONE;

    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_SUBFILETYPE, &kind);
    if (kind & FILETYPE_REDUCEDIMAGE)
        return refuse(d, INGEST_PICTURE_NOT_SUPPORTED, REDUCED_COPY);
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    if (samples > SAMPLES_MAX) {
        ingest_picture_note(d->result, "TIFF of %u samples a pixel", samples);
        return refuse(d, INGEST_PICTURE_NOT_SUPPORTED, "");
    }
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_COMPRESSION, &compression);
    if (!TIFFIsCODECConfigured(compression)) {
        ingest_picture_note(d->result, "TIFF of compression %u", compression);
        return refuse(d, INGEST_PICTURE_NOT_SUPPORTED, "");
    }
    return TIFFRGBAImageOK(d->tiff, text) ? true : refuse(d, INGEST_PICTURE_NOT_SUPPORTED, text);
}

/* What is read at once: whole strips or rows of tiles, which are decoded as wholes. */
static uint32_t band_rows(const decoder *d)
{
    uint32_t rows = 0, height = (uint32_t)d->picture.height;

    if (TIFFIsTiled(d->tiff))
        TIFFGetField(d->tiff, TIFFTAG_TILELENGTH, &rows);
    else
        TIFFGetFieldDefaulted(d->tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    if (rows == 0 || rows >= height)
        return height;
    rows *= (BAND_ROWS + rows - 1) / rows;
    return rows < height ? rows : height;
}

/* ---- pixels ---- */

/* libtiff has multiplied colours by what is opaque, but not greys: white is added where it is not.
 * @param straight  the values are not multiplied yet */
static void lay_over_white(const uint32_t *rgba, size_t count, bool straight, uint8_t *rgb)
{
    size_t i, c;

    for (i = 0; i < count; i++, rgb += 3) {
        const uint32_t value[3] = {TIFFGetR(rgba[i]), TIFFGetG(rgba[i]), TIFFGetB(rgba[i])};
        uint32_t alpha = TIFFGetA(rgba[i]);

        for (c = 0; c < 3; c++) {
            uint32_t light = (straight ? (value[c] * alpha + 127) / 255 : value[c]) + 255 - alpha;

            rgb[c] =
                (uint8_t)(light < 255 ? light : 255); /* a multiplied one may claim more than its share */
        }
    }
}

/* Read the bands that hold part of the view. */
static bool read_bands(decoder *d, uint32_t rows)
{
    ingest_picture *picture = &d->picture;
    uint32_t y = (uint32_t)picture->y, end = y + (uint32_t)picture->rows, width = (uint32_t)picture->width;
    bool straight =
        d->image.alpha == EXTRASAMPLE_UNASSALPHA && d->image.photometric <= PHOTOMETRIC_MINISBLACK;

    d->image.orientation = d->image.req_orientation = ORIENTATION_TOPLEFT; /* rows as they are stored */
    for (; y < end; y += rows) {
        uint32_t here = end - y < rows ? end - y : rows;

        d->image.row_offset = (int)y;
        if (!TIFFRGBAImageGet(&d->image, d->band, width, here))
            return refuse(d, INGEST_PICTURE_DAMAGED, "libtiff cannot decode it");
        lay_over_white(d->band, (size_t)here * width, straight,
                       picture->rgb + 3 * (size_t)(y - (uint32_t)picture->y) * width);
    }
    return true;
}

static base_status read_pixels(decoder *d, const ingest_view *view)
{
    ingest_picture *picture = &d->picture;
    int32_t rows = (int32_t)band_rows(d);
    size_t band_bytes = (size_t)rows * (size_t)picture->width * sizeof *d->band;
    char text[1024] = "";

    if (band_bytes > (size_t)MEMORY_MAX) {
        ingest_picture_note(d->result, "strips or tiles of %d rows of %d pixels", rows, picture->width);
        refuse(d, INGEST_PICTURE_TOO_LARGE, "");
        return BASE_OK;
    }
    picture->shrink = 1;
    picture->columns = picture->width;
    picture->y = view->y / rows * rows;
    picture->rows = view->y + view->height - picture->y;
    picture->rgb = malloc((size_t)picture->rows * (size_t)picture->width * 3);
    d->band = malloc(band_bytes);
    if (!picture->rgb || !d->band) {
        base_log_error("no memory for a picture of %d x %d", picture->width, picture->height);
        return BASE_ERR_MEMORY;
    }
    if (!TIFFRGBAImageBegin(&d->image, d->tiff, 1, text)) {
        refuse(d, INGEST_PICTURE_DAMAGED, text);
        return BASE_OK;
    }
    if (read_bands(d, (uint32_t)rows) && d->short_read) /* of a table that libtiff goes on without */
        refuse(d, INGEST_PICTURE_DAMAGED, "the file ends early");
    TIFFRGBAImageEnd(&d->image);
    return BASE_OK;
}

static base_status decode(decoder *d, const ingest_picture_request *request)
{
    uint32_t width = 0, height = 0;
    uint16_t turn = ORIENTATION_TOPLEFT;
    base_status status;
    ingest_view view;
    int orientation;

    if (!open_file(d) || !check_kind(d))
        return BASE_OK;
    TIFFGetField(d->tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(d->tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(d->tiff, TIFFTAG_ORIENTATION, &turn);
    orientation = turn >= 1 && turn <= 8 ? turn : 1;
    if (!ingest_picture_accept(width, height, request, &orientation, &view, d->result))
        return BASE_OK;
    d->picture.width = (int32_t)width;
    d->picture.height = (int32_t)height;
    status = read_pixels(d, &view);
    if (status == BASE_OK && d->result->reason == INGEST_USED)
        status = ingest_picture_turn(&d->picture, orientation);
    return status;
}

base_status ingest_tiff_read(FILE *file, const ingest_picture_request *request, ingest_picture *picture,
                             ingest_picture_result *result)
{
    decoder d = {.file = file, .result = result};
    base_status status = decode(&d, request);

    if (d.tiff)
        TIFFClose(d.tiff);
    free(d.band);
    if (status == BASE_OK && result->reason == INGEST_USED)
        *picture = d.picture;
    else
        ingest_picture_clear(&d.picture);
    return status;
}
