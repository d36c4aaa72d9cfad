policy sita_turn (sk_reuseport), 33 words:
   0: r5 = *(u64 *)(r1 +0)
   1: r0 = *(u64 *)(r1 +8)
   2: r6 = r1
   3: r5 += 10
   4: if r5 > r0 goto pc+20
   5: r0 = *(u16 *)(r5 -2)
   6: if w0 != 0x200 goto pc+10
   7: *(u32 *)(r10 -8) = 0
   8: r2 = map[workers]
  10: r3 = r10
  11: r3 += -8
  12: w4 = 0
  13: r1 = r6
  14: call bpf_sk_select_reuseport#82
  15: w0 = 1
  16: exit
  17: r2 = map[.bss][0]+0
  19: w0 = 1
  20: r0 = atomic_fetch_add((u32 *)(r2 +0), r0)
  21: w0 %= 5
  22: w0 += 1
  23: *(u32 *)(r10 -8) = r0
  24: goto pc-17
  25: w2 = 8
  26: r3 = r10
  27: r3 += -8
  28: w4 = 2
  29: call bpf_skb_load_bytes#26
  30: if w0 != 0x0 goto pc-16
  31: r0 = *(u16 *)(r10 -8)
  32: goto pc-27
twin sita_turn_twin (tc), 46 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+32
   4: r2 = *(u32 *)(r1 +76)
   5: r0 = *(u32 *)(r1 +80)
   6: r6 = r1
   7: r2 += 74
   8: if r2 > r0 goto pc+29
   9: r1 = *(u16 *)(r2 -2)
  10: if w1 != 0x200 goto pc+18
  11: w1 = 0
  12: *(u32 *)(r6 +48) = r1
  13: r0 = *(u32 *)(r6 +48)
  14: r1 = map[.data.sets][0]+0
  16: r1 = *(u32 *)(r1 +0)
  17: if w0 >= w1 goto pc+9
  18: if r0 >= 0x6 goto pc+8
  19: r1 = map[.data.sets][0]+4
  21: r2 = r0
  22: r2 <<= 2
  23: r1 += r2
  24: r1 = *(u32 *)(r1 +0)
  25: if w1 == 0x0 goto pc+1
  26: exit
  27: w0 = -1
  28: exit
  29: r2 = map[.bss][0]+0
  31: w1 = 1
  32: r1 = atomic_fetch_add((u32 *)(r2 +0), r1)
  33: w1 %= 5
  34: w1 += 1
  35: goto pc-24
  36: w0 = -3
  37: exit
  38: w2 = 72
  39: r3 = r10
  40: r3 += -8
  41: w4 = 2
  42: call bpf_skb_load_bytes#26
  43: if w0 != 0x0 goto pc-17
  44: r1 = *(u16 *)(r10 -8)
  45: goto pc-36
verifier: at most 66 instructions
