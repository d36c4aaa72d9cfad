policy sita_turn (sk_reuseport), 34 words:
   0: r5 = *(u64 *)(r1 +0)
   1: r0 = *(u64 *)(r1 +8)
   2: r6 = r1
   3: r5 += 10
   4: if r5 > r0 goto pc+20
   5: r0 = *(u16 *)(r5 -2)
   6: if w0 != 0x200 goto pc+11
   7: w0 = 0
   8: *(u32 *)(r10 -8) = r0
   9: r2 = map[workers]
  11: r3 = r10
  12: r3 += -8
  13: w4 = 0
  14: r1 = r6
  15: call bpf_sk_select_reuseport#82
  16: w0 = 1
  17: exit
  18: r2 = map[.bss][0]+0
  20: w0 = 1
  21: r0 = atomic_fetch_add((u32 *)(r2 +0), r0)
  22: w0 %= 5
  23: w0 += 1
  24: goto pc-17
  25: w2 = 8
  26: r3 = r10
  27: r3 += -8
  28: w4 = 2
  29: r1 = r6
  30: call bpf_skb_load_bytes#26
  31: if w0 != 0x0 goto pc-16
  32: r0 = *(u16 *)(r10 -8)
  33: goto pc-28
twin sita_turn_twin (tc), 37 words:
   0: r5 = *(u32 *)(r1 +76)
   1: r0 = *(u32 *)(r1 +80)
   2: r5 += 74
   3: if r5 > r0 goto pc+25
   4: r0 = *(u16 *)(r5 -2)
   5: if w0 != 0x200 goto pc+16
   6: w0 = 0
   7: r1 = map[.data.sets][0]+0
   9: r1 = *(u32 *)(r1 +0)
  10: if w0 >= w1 goto pc+9
  11: if w0 >= 0x6 goto pc+8
  12: r1 = map[.data.sets][0]+4
  14: r2 = r0
  15: r2 <<= 2
  16: r1 += r2
  17: r1 = *(u32 *)(r1 +0)
  18: if w1 == 0x0 goto pc+1
  19: exit
  20: w0 = -1
  21: exit
  22: r1 = map[.bss][0]+0
  24: w0 = 1
  25: r0 = atomic_fetch_add((u32 *)(r1 +0), r0)
  26: w0 %= 5
  27: w0 += 1
  28: goto pc-22
  29: w2 = 72
  30: r3 = r10
  31: r3 += -8
  32: w4 = 2
  33: call bpf_skb_load_bytes#26
  34: if w0 != 0x0 goto pc-15
  35: r0 = *(u16 *)(r10 -8)
  36: goto pc-32
verifier: at most 99 instructions
