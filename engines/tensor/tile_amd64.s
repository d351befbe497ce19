//go:build amd64

#include "textflag.h"
#include "go_asm.h"

// The micro-kernels of GEMM keep all sums in vector registers. A row is a
// pixel: its floats are broadcast one by one and multiplied with a vector of
// sixteen weights, which comes straight from the packed weights.

#define ROW(i, base, reg) \
	MOVQ tile_off+(8*i)(DI), reg; \
	LEAQ (base)(reg*4), reg

#define FMA2(row, c0, c1) \
	VBROADCASTSS (row)(AX*4), Y14; \
	VFMADD231PS Y12, Y14, c0; \
	VFMADD231PS Y13, Y14, c1

#define PUT2(i, c0, c1) \
	VMAXPS Y14, c0, c0; \
	VMAXPS Y14, c1, c1; \
	VMINPS Y15, c0, c0; \
	VMINPS Y15, c1, c1; \
	MOVQ tile_outOff+(8*i)(DI), AX; \
	VMOVUPS c0, (DX)(AX*4); \
	VMOVUPS c1, 32(DX)(AX*4)

// func gemmAVX2(t *tile)
// Six rows: sums in Y0-Y11, weights in Y12 and Y13, a broadcast in Y14.
TEXT ·gemmAVX2(SB), NOSPLIT, $0-8
	MOVQ t+0(FP), DI
	MOVQ tile_bias(DI), SI
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VMOVAPS Y0, Y2
	VMOVAPS Y1, Y3
	VMOVAPS Y0, Y4
	VMOVAPS Y1, Y5
	VMOVAPS Y0, Y6
	VMOVAPS Y1, Y7
	VMOVAPS Y0, Y8
	VMOVAPS Y1, Y9
	VMOVAPS Y0, Y10
	VMOVAPS Y1, Y11
	MOVQ tile_b(DI), BX
	MOVQ tile_taps(DI), SI
	MOVQ tile_taps+8(DI), R15
	MOVQ tile_k(DI), CX
tap2:
	MOVQ tile_a(DI), DX
	MOVQ (SI), AX
	LEAQ (DX)(AX*4), DX
	ROW(0, DX, R8)
	ROW(1, DX, R9)
	ROW(2, DX, R10)
	ROW(3, DX, R11)
	ROW(4, DX, R12)
	ROW(5, DX, R13)
	XORQ AX, AX
k2:
	VMOVUPS (BX), Y12
	VMOVUPS 32(BX), Y13
	FMA2(R8, Y0, Y1)
	FMA2(R9, Y2, Y3)
	FMA2(R10, Y4, Y5)
	FMA2(R11, Y6, Y7)
	FMA2(R12, Y8, Y9)
	FMA2(R13, Y10, Y11)
	ADDQ $64, BX
	INCQ AX
	CMPQ AX, CX
	JLT k2
	ADDQ $8, SI
	DECQ R15
	JNZ tap2
	VBROADCASTSS tile_lo(DI), Y14
	VBROADCASTSS tile_hi(DI), Y15
	MOVQ tile_out(DI), DX
	PUT2(0, Y0, Y1)
	PUT2(1, Y2, Y3)
	PUT2(2, Y4, Y5)
	PUT2(3, Y6, Y7)
	PUT2(4, Y8, Y9)
	PUT2(5, Y10, Y11)
	VZEROUPPER
	RET

#define DW2(row, c0, c1) \
	VFMADD231PS (row), Y12, c0; \
	VFMADD231PS 32(row), Y13, c1

// func depthwiseAVX2(t *tile)
TEXT ·depthwiseAVX2(SB), NOSPLIT, $0-8
	MOVQ t+0(FP), DI
	MOVQ tile_bias(DI), SI
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VMOVAPS Y0, Y2
	VMOVAPS Y1, Y3
	VMOVAPS Y0, Y4
	VMOVAPS Y1, Y5
	VMOVAPS Y0, Y6
	VMOVAPS Y1, Y7
	VMOVAPS Y0, Y8
	VMOVAPS Y1, Y9
	VMOVAPS Y0, Y10
	VMOVAPS Y1, Y11
	MOVQ tile_b(DI), BX
	MOVQ tile_taps(DI), SI
	MOVQ tile_taps+8(DI), R15
dtap2:
	MOVQ tile_a(DI), DX
	MOVQ (SI), AX
	LEAQ (DX)(AX*4), DX
	ROW(0, DX, R8)
	ROW(1, DX, R9)
	ROW(2, DX, R10)
	ROW(3, DX, R11)
	ROW(4, DX, R12)
	ROW(5, DX, R13)
	VMOVUPS (BX), Y12
	VMOVUPS 32(BX), Y13
	DW2(R8, Y0, Y1)
	DW2(R9, Y2, Y3)
	DW2(R10, Y4, Y5)
	DW2(R11, Y6, Y7)
	DW2(R12, Y8, Y9)
	DW2(R13, Y10, Y11)
	ADDQ $64, BX
	ADDQ $8, SI
	DECQ R15
	JNZ dtap2
	VBROADCASTSS tile_lo(DI), Y14
	VBROADCASTSS tile_hi(DI), Y15
	MOVQ tile_out(DI), DX
	PUT2(0, Y0, Y1)
	PUT2(1, Y2, Y3)
	PUT2(2, Y4, Y5)
	PUT2(3, Y6, Y7)
	PUT2(4, Y8, Y9)
	PUT2(5, Y10, Y11)
	VZEROUPPER
	RET

#define ROWZ(i, reg) \
	MOVQ tile_off+(8*i)(R15), reg; \
	LEAQ (R14)(reg*4), reg

#define PUTZ(i, c) \
	VMAXPS Z14, c, c; \
	VMINPS Z15, c, c; \
	MOVQ tile_outOff+(8*i)(R15), AX; \
	VMOVUPS c, (DX)(AX*4)

#define ROWSZ \
	ROWZ(0, AX); \
	ROWZ(1, BX); \
	ROWZ(2, CX); \
	ROWZ(3, DX); \
	ROWZ(4, SI); \
	ROWZ(5, DI); \
	ROWZ(6, R8); \
	ROWZ(7, R9); \
	ROWZ(8, R10); \
	ROWZ(9, R11); \
	ROWZ(10, R12); \
	ROWZ(11, R13)

#define BIASZ \
	MOVQ tile_bias(R15), SI; \
	VMOVUPS (SI), Z0; \
	VMOVAPS Z0, Z1; \
	VMOVAPS Z0, Z2; \
	VMOVAPS Z0, Z3; \
	VMOVAPS Z0, Z4; \
	VMOVAPS Z0, Z5; \
	VMOVAPS Z0, Z6; \
	VMOVAPS Z0, Z7; \
	VMOVAPS Z0, Z8; \
	VMOVAPS Z0, Z9; \
	VMOVAPS Z0, Z10; \
	VMOVAPS Z0, Z11

#define PUTSZ \
	MOVQ t+0(FP), R15; \
	VBROADCASTSS tile_lo(R15), Z14; \
	VBROADCASTSS tile_hi(R15), Z15; \
	MOVQ tile_out(R15), DX; \
	PUTZ(0, Z0); \
	PUTZ(1, Z1); \
	PUTZ(2, Z2); \
	PUTZ(3, Z3); \
	PUTZ(4, Z4); \
	PUTZ(5, Z5); \
	PUTZ(6, Z6); \
	PUTZ(7, Z7); \
	PUTZ(8, Z8); \
	PUTZ(9, Z9); \
	PUTZ(10, Z10); \
	PUTZ(11, Z11)

// func gemmAVX512(t *tile)
// Twelve rows: sums in Z0-Z11. Twelve row pointers leave no general register
// for the counters, so the number of the tap and the place in b stay on the stack.
TEXT ·gemmAVX512(SB), NOSPLIT, $16-8
	MOVQ t+0(FP), R15
	BIASZ
	MOVQ tile_b(R15), AX
	MOVQ AX, b-8(SP)
	MOVQ $0, tap-16(SP)
tapz:
	MOVQ t+0(FP), R15
	MOVQ tap-16(SP), AX
	CMPQ AX, tile_taps+8(R15)
	JGE donez
	MOVQ tile_taps(R15), BX
	MOVQ (BX)(AX*8), BX
	INCQ AX
	MOVQ AX, tap-16(SP)
	ADDQ tile_k(R15), BX // rows point to their end, the index runs up to zero
	MOVQ tile_a(R15), R14
	LEAQ (R14)(BX*4), R14
	ROWSZ
	MOVQ tile_k(R15), R15
	NEGQ R15
	MOVQ b-8(SP), R14
kz:
	VMOVUPS (R14), Z12
	VFMADD231PS.BCST (AX)(R15*4), Z12, Z0
	VFMADD231PS.BCST (BX)(R15*4), Z12, Z1
	VFMADD231PS.BCST (CX)(R15*4), Z12, Z2
	VFMADD231PS.BCST (DX)(R15*4), Z12, Z3
	VFMADD231PS.BCST (SI)(R15*4), Z12, Z4
	VFMADD231PS.BCST (DI)(R15*4), Z12, Z5
	VFMADD231PS.BCST (R8)(R15*4), Z12, Z6
	VFMADD231PS.BCST (R9)(R15*4), Z12, Z7
	VFMADD231PS.BCST (R10)(R15*4), Z12, Z8
	VFMADD231PS.BCST (R11)(R15*4), Z12, Z9
	VFMADD231PS.BCST (R12)(R15*4), Z12, Z10
	VFMADD231PS.BCST (R13)(R15*4), Z12, Z11
	ADDQ $64, R14
	INCQ R15
	JNZ kz
	MOVQ R14, b-8(SP)
	JMP tapz
donez:
	PUTSZ
	VZEROUPPER
	RET

// func depthwiseAVX512(t *tile)
TEXT ·depthwiseAVX512(SB), NOSPLIT, $16-8
	MOVQ t+0(FP), R15
	BIASZ
	MOVQ tile_b(R15), AX
	MOVQ AX, b-8(SP)
	MOVQ $0, tap-16(SP)
dtapz:
	MOVQ tap-16(SP), AX
	CMPQ AX, tile_taps+8(R15)
	JGE ddonez
	MOVQ tile_taps(R15), BX
	MOVQ (BX)(AX*8), BX
	INCQ AX
	MOVQ AX, tap-16(SP)
	MOVQ b-8(SP), AX
	VMOVUPS (AX), Z12
	ADDQ $64, AX
	MOVQ AX, b-8(SP)
	MOVQ tile_a(R15), R14
	LEAQ (R14)(BX*4), R14
	ROWSZ
	VFMADD231PS (AX), Z12, Z0
	VFMADD231PS (BX), Z12, Z1
	VFMADD231PS (CX), Z12, Z2
	VFMADD231PS (DX), Z12, Z3
	VFMADD231PS (SI), Z12, Z4
	VFMADD231PS (DI), Z12, Z5
	VFMADD231PS (R8), Z12, Z6
	VFMADD231PS (R9), Z12, Z7
	VFMADD231PS (R10), Z12, Z8
	VFMADD231PS (R11), Z12, Z9
	VFMADD231PS (R12), Z12, Z10
	VFMADD231PS (R13), Z12, Z11
	JMP dtapz
ddonez:
	PUTSZ
	VZEROUPPER
	RET

// func addAVX(dst, x, y []float32, lo, hi float32)
TEXT ·addAVX(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	MOVQ y_base+48(FP), DX
	VBROADCASTSS lo+72(FP), Y14
	VBROADCASTSS hi+76(FP), Y15
	XORQ AX, AX
adds:
	CMPQ AX, CX
	JGE added
	VMOVUPS (SI)(AX*4), Y0
	VMOVUPS 32(SI)(AX*4), Y1
	VADDPS (DX)(AX*4), Y0, Y0
	VADDPS 32(DX)(AX*4), Y1, Y1
	VMAXPS Y14, Y0, Y0
	VMAXPS Y14, Y1, Y1
	VMINPS Y15, Y0, Y0
	VMINPS Y15, Y1, Y1
	VMOVUPS Y0, (DI)(AX*4)
	VMOVUPS Y1, 32(DI)(AX*4)
	ADDQ $16, AX
	JMP adds
added:
	VZEROUPPER
	RET

// func maxAVX(dst, x, y []float32)
TEXT ·maxAVX(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	MOVQ y_base+48(FP), DX
	XORQ AX, AX
maxs:
	CMPQ AX, CX
	JGE maxed
	VMOVUPS (SI)(AX*4), Y0
	VMOVUPS 32(SI)(AX*4), Y1
	VMAXPS (DX)(AX*4), Y0, Y0
	VMAXPS 32(DX)(AX*4), Y1, Y1
	VMOVUPS Y0, (DI)(AX*4)
	VMOVUPS Y1, 32(DI)(AX*4)
	ADDQ $16, AX
	JMP maxs
maxed:
	VZEROUPPER
	RET
