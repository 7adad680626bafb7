#include "synth_classes.h"

/* The weights of the first eight are the labelled counts of the paper's Table 1; the rest has the same
 * spread. Stain and residue differ in the profile across their edge only, dent and bump in the side their
 * shade is on. */
/* clang-format off */
const synth_class synth_classes[SYNTH_CLASSES] = {
    /* name       supercategory weight shape                  finish               writing                     size       contrast      cue */
    {"gear",      "part",       122, SYNTH_SHAPE_GEAR,    SYNTH_FINISH_METAL,  SYNTH_WRITING_COMPRESSED, {13, 34}, {0.14, 0.42}, SYNTH_CUE_NONE},
    {"spring",    "part",       136, SYNTH_SHAPE_SPRING,  SYNTH_FINISH_METAL,  SYNTH_WRITING_POLYGON,    {18, 35}, {0.14, 0.42}, SYNTH_CUE_NONE},
    {"washer",    "fastener",   212, SYNTH_SHAPE_WASHER,  SYNTH_FINISH_METAL,  SYNTH_WRITING_RLE,        {10, 30}, {0.14, 0.42}, SYNTH_CUE_CROSS},
    {"bolt",      "fastener",   352, SYNTH_SHAPE_BOLT,    SYNTH_FINISH_METAL,  SYNTH_WRITING_POLYGON,    {15, 35}, {0.15, 0.42}, SYNTH_CUE_NONE},
    {"bracket",   "part",       504, SYNTH_SHAPE_BRACKET, SYNTH_FINISH_METAL,  SYNTH_WRITING_COMPRESSED, {14, 34}, {0.14, 0.42}, SYNTH_CUE_NONE},
    {"nut",       "fastener",   444, SYNTH_SHAPE_NUT,     SYNTH_FINISH_METAL,  SYNTH_WRITING_RLE,        {10, 30}, {0.14, 0.42}, SYNTH_CUE_NONE},
    {"pin",       "fastener",   264, SYNTH_SHAPE_PIN,     SYNTH_FINISH_METAL,  SYNTH_WRITING_POLYGON,    {14, 34}, {0.08, 0.32}, SYNTH_CUE_PATCH},
    {"crack",     "defect",     562, SYNTH_SHAPE_CRACK,   SYNTH_FINISH_DARK,   SYNTH_WRITING_COMPRESSED, {16, 35}, {0.14, 0.40}, SYNTH_CUE_STRIPE},
    {"scratch",   "defect",     300, SYNTH_SHAPE_SCRATCH, SYNTH_FINISH_EITHER, SYNTH_WRITING_POLYGON,    {16, 35}, {0.12, 0.38}, SYNTH_CUE_NONE},
    {"pinholes",  "defect",     180, SYNTH_SHAPE_DOTS,    SYNTH_FINISH_DARK,   SYNTH_WRITING_POLYGON,    {11, 28}, {0.07, 0.22}, SYNTH_CUE_RING},
    {"burr",      "defect",     150, SYNTH_SHAPE_FLECK,   SYNTH_FINISH_BRIGHT, SYNTH_WRITING_POLYGON,    {11, 26}, {0.10, 0.30}, SYNTH_CUE_NONE},
    {"stain",     "defect",     410, SYNTH_SHAPE_BLOB,    SYNTH_FINISH_STAIN,  SYNTH_WRITING_POLYGON,    {13, 34}, {0.12, 0.35}, SYNTH_CUE_NONE},
    {"residue",   "defect",     230, SYNTH_SHAPE_BLOB,    SYNTH_FINISH_RIM,    SYNTH_WRITING_COMPRESSED, {13, 34}, {0.12, 0.35}, SYNTH_CUE_NONE},
    {"dent",      "defect",     118, SYNTH_SHAPE_OVAL,    SYNTH_FINISH_HOLLOW, SYNTH_WRITING_POLYGON,    {11, 30}, {0.08, 0.30}, SYNTH_CUE_NONE},
    {"bump",      "defect",     250, SYNTH_SHAPE_OVAL,    SYNTH_FINISH_RAISED, SYNTH_WRITING_RLE,        {11, 30}, {0.08, 0.30}, SYNTH_CUE_NONE},
};
/* clang-format on */

const char *synth_cue_name(synth_cue cue)
{
    static const char *const names[SYNTH_CUES] = {"none", "patch", "stripe", "cross", "ring"};

    return names[cue];
}
