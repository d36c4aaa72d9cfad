policy round_robin (sk_reuseport), 20 words:
   0: r2 = map[.data.sets][0]+0
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x0 goto pc+2
   4: w0 = 0
   5: exit
   6: r2 = map[.bss][0]+0
   8: w0 = 1
   9: r0 = atomic_fetch_add((u32 *)(r2 +0), r0)
  10: w0 %= w4
  11: *(u32 *)(r10 -8) = r0
  12: r2 = map[workers]
  14: r3 = r10
  15: r3 += -8
  16: w4 = 0
  17: call bpf_sk_select_reuseport#82
  18: w0 += 1
  19: exit
twin round_robi_twin (tc), 24 words:
   0: r2 = map[.data.sets][0]+0
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 == 0x0 goto pc+17
   4: r1 = map[.bss][0]+0
   6: w0 = 1
   7: r0 = atomic_fetch_add((u32 *)(r1 +0), r0)
   8: w0 %= w4
   9: r1 = map[.data.sets][0]+0
  11: r1 = *(u32 *)(r1 +0)
  12: if w0 >= w1 goto pc+8
  13: if w0 >= 0x40 goto pc+7
  14: r1 = map[.data.sets][0]+4
  16: r2 = r0
  17: r2 <<= 2
  18: r1 += r2
  19: r1 = *(u32 *)(r1 +0)
  20: if w1 != 0x0 goto pc+2
  21: w0 = -2
  22: exit
  23: exit
verifier: at most 26 instructions
