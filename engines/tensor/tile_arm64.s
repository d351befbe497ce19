//go:build arm64

#include "textflag.h"
#include "go_asm.h"

// As on amd64, all sums stay in vector registers: six rows of sixteen channels
// in V0-V23, four registers of weights, a float of a row in all lanes of another.

#define START \
	MOVD t+0(FP), R0; \
	MOVD tile_bias(R0), R1; \
	VLD1 (R1), [V0.S4, V1.S4, V2.S4, V3.S4]; \
	COPY4(V4, V5, V6, V7); \
	COPY4(V8, V9, V10, V11); \
	COPY4(V12, V13, V14, V15); \
	COPY4(V16, V17, V18, V19); \
	COPY4(V20, V21, V22, V23); \
	MOVD tile_b(R0), R1; \
	MOVD tile_taps(R0), R2; \
	MOVD tile_taps+8(R0), R3

#define COPY4(a, b, c, d) \
	VMOV V0.B16, a.B16; \
	VMOV V1.B16, b.B16; \
	VMOV V2.B16, c.B16; \
	VMOV V3.B16, d.B16

#define ROW(i, reg) \
	MOVD tile_off+(8*i)(R0), reg; \
	ADD reg<<2, R5, reg

#define ROWS \
	MOVD.P 8(R2), R4; \
	MOVD tile_a(R0), R5; \
	ADD R4<<2, R5, R5; \
	ROW(0, R8); \
	ROW(1, R9); \
	ROW(2, R10); \
	ROW(3, R11); \
	ROW(4, R12); \
	ROW(5, R13)

#define MUL4(row, a, b, c, d) \
	VLD1R.P 4(row), [V28.S4]; \
	VFMLA V24.S4, V28.S4, a.S4; \
	VFMLA V25.S4, V28.S4, b.S4; \
	VFMLA V26.S4, V28.S4, c.S4; \
	VFMLA V27.S4, V28.S4, d.S4

#define LANES4(row, a, b, c, d) \
	VLD1 (row), [V28.S4, V29.S4, V30.S4, V31.S4]; \
	VFMLA V24.S4, V28.S4, a.S4; \
	VFMLA V25.S4, V29.S4, b.S4; \
	VFMLA V26.S4, V30.S4, c.S4; \
	VFMLA V27.S4, V31.S4, d.S4

// The assembler knows neither FMAX nor FMIN of vectors: these are
// FMAX Vi.4S, Vi.4S, V29.4S and FMIN Vi.4S, Vi.4S, V30.4S.
#define CLAMP(i) \
	WORD $(0x4e3df400 | i<<5 | i); \
	WORD $(0x4ebef400 | i<<5 | i)

#define PUT4(i, a, b, c, d) \
	CLAMP((4*i)); \
	CLAMP((4*i+1)); \
	CLAMP((4*i+2)); \
	CLAMP((4*i+3)); \
	MOVD tile_outOff+(8*i)(R0), R4; \
	ADD R4<<2, R5, R4; \
	VST1 [a.S4, b.S4, c.S4, d.S4], (R4)

#define PUT \
	ADD $tile_lo, R0, R4; \
	VLD1R (R4), [V29.S4]; \
	ADD $tile_hi, R0, R4; \
	VLD1R (R4), [V30.S4]; \
	MOVD tile_out(R0), R5; \
	PUT4(0, V0, V1, V2, V3); \
	PUT4(1, V4, V5, V6, V7); \
	PUT4(2, V8, V9, V10, V11); \
	PUT4(3, V12, V13, V14, V15); \
	PUT4(4, V16, V17, V18, V19); \
	PUT4(5, V20, V21, V22, V23)

// func gemmNEON(t *tile)
TEXT ·gemmNEON(SB), NOSPLIT, $0-8
	START
tap:
	ROWS
	MOVD tile_k(R0), R6
k:
	VLD1.P 64(R1), [V24.S4, V25.S4, V26.S4, V27.S4]
	MUL4(R8, V0, V1, V2, V3)
	MUL4(R9, V4, V5, V6, V7)
	MUL4(R10, V8, V9, V10, V11)
	MUL4(R11, V12, V13, V14, V15)
	MUL4(R12, V16, V17, V18, V19)
	MUL4(R13, V20, V21, V22, V23)
	SUBS $1, R6
	BNE k
	SUBS $1, R3
	BNE tap
	PUT
	RET

// func depthwiseNEON(t *tile)
TEXT ·depthwiseNEON(SB), NOSPLIT, $0-8
	START
lane:
	ROWS
	VLD1.P 64(R1), [V24.S4, V25.S4, V26.S4, V27.S4]
	LANES4(R8, V0, V1, V2, V3)
	LANES4(R9, V4, V5, V6, V7)
	LANES4(R10, V8, V9, V10, V11)
	LANES4(R11, V12, V13, V14, V15)
	LANES4(R12, V16, V17, V18, V19)
	LANES4(R13, V20, V21, V22, V23)
	SUBS $1, R3
	BNE lane
	PUT
	RET
