// The table of one instruction set's kernels. Compiled once for each, with ISA naming it and flags allowing it.
#include "attention.h"
#include "cache.h"
#include "elementwise.h"
#include "embedding.h"
#include "head.h"
#include "optimizer.h"
#include "rows.h"
#include "treeAttention.h"

#define BLLOSSOM_TEXT_(x) #x
#define BLLOSSOM_TEXT(x) BLLOSSOM_TEXT_(x)

namespace bllossom {
namespace ISA {

static const Operation operations[] = {
    {"embedding", 3, 4, embedding, nullptr},
    {"embeddingGrad", 3, 4, embeddingGrad, nullptr},
    {"matmul", 3, 7, matmul, matmulScratch},
    {"rmsNorm", 3, 3, rmsNorm, nullptr},
    {"rmsNormGrad", 5, 3, rmsNormGrad, rmsNormGradScratch},
    {"ropeAngles", 3, -1, ropeAngles, nullptr},
    {"rope", 4, 4, rope, nullptr},
    {"attention", 6, 6, attention, attentionScratch},
    {"attentionGrad", 10, 6, attentionGrad, attentionGradScratch},
    {"treeAttention", 5, 6, treeAttention, treeAttentionScratch},
    {"cacheWrite", 4, 4, cacheWrite, nullptr},
    {"cacheCopy", 3, 2, cacheCopy, nullptr},
    {"cachedAttention", 6, 7, cachedAttention, cachedAttentionScratch},
    {"swiglu", 3, 1, swiglu, nullptr},
    {"swigluGrad", 5, 1, swigluGrad, nullptr},
    {"headCrossEntropy", 10, 7, headCrossEntropy, headCrossEntropyScratch},
    {"headLogProbabilities", 5, 5, headLogProbabilities, headLogProbabilitiesScratch},
    {"headLogits", 4, 5, headLogits, headLogitsScratch},
    {"add", 3, 1, add, nullptr},
    {"scale", 2, 2, scale, nullptr},
    {"scaleBy", 3, 1, scaleBy, nullptr},
    {"copy", 2, 1, copy, nullptr},
    {"dropout", 3, 3, dropout, nullptr},
    {"accumulate", 2, 1, accumulate, nullptr},
    {"clear", 1, 1, clear, nullptr},
    {"sumOfSquares", -1, -1, sumOfSquares, sumOfSquaresScratch},
    {"clipFactor", 2, 1, clipFactor, nullptr},
    {"adamw", 7, 5, adamw, nullptr},
};

static const Kernels table = {BLLOSSOM_TEXT(ISA), Bfloat16::name, operations, sizeof operations / sizeof operations[0]};

}  // namespace ISA

extern const Kernels* const BLLOSSOM_TABLE;
const Kernels* const BLLOSSOM_TABLE = &ISA::table;

}  // namespace bllossom
