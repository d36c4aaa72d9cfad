policy everything (sk_reuseport), 198 words:
   0: *(u64 *)(r10 -72) = r1
   1: w2 = 12
   2: r3 = r10
   3: r3 += -8
   4: w4 = 8
   5: w5 = 1
   6: call bpf_skb_load_bytes_relative#68
   7: if w0 != 0x0 goto pc+174
   8: r6 = *(u32 *)(r10 -8)
   9: r0 = *(u32 *)(r10 -4)
  10: r6 = be32 r6
  11: r0 = be32 r0
  12: w6 ^= w0
  13: r7 = r6
  14: w7 &= 255
  15: r1 = *(u64 *)(r10 -72)
  16: r0 = *(u32 *)(r1 +20)
  17: r0 = be16 r0
  18: r1 = *(u32 *)(r1 +24)
  19: if w0 != 0x800 goto pc+162
  20: if w1 != 0x11 goto pc+161
  21: r1 = *(u64 *)(r10 -72)
  22: r2 = *(u32 *)(r1 +16)
  23: *(u64 *)(r10 -80) = r2
  24: call bpf_ktime_get_ns#5
  25: r9 = r0
  26: call bpf_get_smp_processor_id#8
  27: r8 = r0
  28: r3 = map[.bss][0]+64
  30: r0 = *(u64 *)(r3 +0)
  31: r2 = *(u64 *)(r10 -80)
  32: if r2 <= r0 goto pc+10
  33: r5 = r0
  34: r0 = atomic64_cmpxchg((u64 *)(r3 +0), r0, r2)
  35: if r0 == r5 goto pc+7
  36: r2 = *(u64 *)(r10 -80)
  37: r4 = r0
  38: if r2 <= r0 goto pc+4
  39: r0 = atomic64_cmpxchg((u64 *)(r3 +0), r0, r2)
  40: if r0 == r4 goto pc+2
  41: if r2 <= r0 goto pc+1
  42: r0 = atomic64_cmpxchg((u64 *)(r3 +0), r0, r2)
  43: r0 = map[.bss][0]+0
  45: r1 = *(u16 *)(r0 +0)
  46: w1 &= 8191
  47: w1 += 5000
  48: w1 &= 8191
  49: *(u16 *)(r0 +0) = r1
  50: w0 = w9
  51: r3 = r9
  52: w3 &= 65535
  53: r2 = r9
  54: w2 &= 255
  55: *(u64 *)(r10 -24) = r7
  56: *(u64 *)(r10 -16) = r6
  57: *(u64 *)(r10 -40) = r9
  58: r3 <<= 32
  59: r0 |= r3
  60: r2 <<= 48
  61: r0 |= r2
  62: *(u64 *)(r10 -32) = r0
  63: r1 = map[table]
  65: r2 = r10
  66: r2 += -24
  67: r3 = r10
  68: r3 += -40
  69: w4 = 0
  70: call bpf_map_update_elem#2
  71: w0 >>= 31
  72: w0 ^= 1
  73: *(u64 *)(r10 -88) = r0
  74: *(u64 *)(r10 -16) = r8
  75: r1 = map[recent]
  77: r2 = r10
  78: r2 += -16
  79: call bpf_map_delete_elem#3
  80: r9 = r0
  81: w9 >>= 31
  82: w9 ^= 1
  83: *(u64 *)(r10 -16) = r6
  84: r1 = map[table]
  86: r2 = r10
  87: r2 += -24
  88: call bpf_map_lookup_elem#1
  89: if r0 == 0x0 goto pc+92
  90: r1 = *(u64 *)(r0 +0)
  91: r2 = map[.rodata][0]+0
  93: r3 = *(u16 *)(r2 +0)
  94: w4 = 1
  95: if r1 < r3 goto pc+1
  96: w4 = 0
  97: w4 |= w9
  98: if w4 == 0x0 goto pc+39
  99: r2 = *(u64 *)(r10 -80)
 100: r1 = r2
 101: w1 &= 65535
 102: if w1 <= w3 goto pc+1
 103: r1 = r3
 104: r1 += r3
 105: if r1 <= 0xffff goto pc+1
 106: w1 = 65535
 107: r1 *= r3
 108: if r1 <= 0xffff goto pc+1
 109: w1 = 65535
 110: w1 /= w2
 111: r3 = r1
 112: w3 <<= w8
 113: if w8 < 0x20 goto pc+1
 114: w3 = 0
 115: r2 = r3
 116: w2 -= w6
 117: if w3 < w6 goto pc+17
 118: r0 = *(u64 *)(r10 -88)
 119: if w0 == 0x0 goto pc+1
 120: r1 = r2
 121: r0 = map[.data.sets][0]+0
 123: r0 = *(u32 *)(r0 +0)
 124: w1 %= w0
 125: *(u64 *)(r10 -16) = r1
 126: r2 = map[workers]
 128: r3 = r10
 129: r3 += -16
 130: w4 = 0
 131: r1 = *(u64 *)(r10 -72)
 132: call bpf_sk_select_reuseport#82
 133: w0 += 1
 134: exit
 135: r0 = *(u64 *)(r10 -88)
 136: w2 = 0
 137: goto pc-19
 138: r2 = *(u64 *)(r10 -80)
 139: if r2 > 0x7fffffff goto pc+6
 140: r3 = r10
 141: r3 += -8
 142: w4 = 1
 143: r1 = *(u64 *)(r10 -72)
 144: call bpf_skb_load_bytes#26
 145: if w0 == 0x0 goto pc+33
 146: r1 = *(u64 *)(r10 -72)
 147: r2 = *(u64 *)(r1 +0)
 148: r0 = *(u64 *)(r1 +8)
 149: r2 += 20
 150: if r2 > r0 goto pc+33
 151: r0 = *(u32 *)(r2 -17)
 152: r1 = *(u32 *)(r2 -11)
 153: r2 = *(u16 *)(r2 -7)
 154: r0 = be32 r0
 155: r3 = r1
 156: r3 = be32 r3
 157: r4 = r2
 158: r4 = be16 r4
 159: r3 <<= 16
 160: r3 |= r4
 161: r2 <<= 32
 162: r1 |= r2
 163: r3 -= r1
 164: r3 <<= 16
 165: r3 >>= 16
 166: w1 = w3
 167: w0 ^= w1
 168: w0 &= 3
 169: *(u64 *)(r10 -16) = r0
 170: r2 = map[others]
 172: r3 = r10
 173: r3 += -16
 174: w4 = 0
 175: r1 = *(u64 *)(r10 -72)
 176: call bpf_sk_select_reuseport#82
 177: w0 = 1
 178: exit
 179: r0 = *(u8 *)(r10 -8)
 180: *(u64 *)(r10 -16) = r0
 181: goto pc-12
 182: w0 = 0
 183: exit
 184: w2 = 3
 185: r3 = r10
 186: r3 += -64
 187: w4 = 17
 188: r1 = *(u64 *)(r10 -72)
 189: call bpf_skb_load_bytes#26
 190: if w0 != 0x0 goto pc-9
 191: r0 = *(u32 *)(r10 -64)
 192: r1 = *(u16 *)(r10 -58)
 193: r2 = *(u16 *)(r10 -56)
 194: r2 <<= 16
 195: r1 |= r2
 196: r2 = *(u16 *)(r10 -54)
 197: goto pc-44
twin everything_twin (tc), 252 words:
   0: r2 = map[.data.script][0]+36
   2: r4 = *(u32 *)(r2 +0)
   3: if w4 != 0x40 goto pc+232
   4: r0 = map[.data.script][0]+32
   6: r2 = *(u32 *)(r0 +0)
   7: r2 += 12
   8: if r2 > 0x7fffffff goto pc+146
   9: r3 = r10
  10: r3 += -8
  11: w4 = 8
  12: r6 = r1
  13: call bpf_skb_load_bytes#26
  14: if w0 != 0x0 goto pc+140
  15: r7 = *(u32 *)(r10 -8)
  16: r0 = *(u32 *)(r10 -4)
  17: r7 = be32 r7
  18: r0 = be32 r0
  19: w7 ^= w0
  20: r0 = r7
  21: w0 &= 255
  22: *(u64 *)(r10 -72) = r0
  23: r0 = map[.data.script][0]+12
  25: r0 = *(u32 *)(r0 +0)
  26: w0 &= 65535
  27: r1 = map[.data.script][0]+16
  29: r1 = *(u32 *)(r1 +0)
  30: w1 &= 255
  31: if w0 != 0x800 goto pc+123
  32: if w1 != 0x11 goto pc+122
  33: r2 = *(u32 *)(r6 +0)
  34: w2 -= 64
  35: r0 = map[.data.script][0]+0
  37: r1 = *(u64 *)(r0 +0)
  38: r0 = map[.data.script][0]+28
  40: r8 = *(u32 *)(r0 +0)
  41: r4 = map[.bss][0]+64
  43: r0 = *(u64 *)(r4 +0)
  44: if r2 <= r0 goto pc+189
  45: r9 = r0
  46: r0 = atomic64_cmpxchg((u64 *)(r4 +0), r0, r2)
  47: *(u64 *)(r10 -88) = r2
  48: if r0 == r9 goto pc+7
  49: r2 = *(u64 *)(r10 -88)
  50: r5 = r0
  51: if r2 <= r0 goto pc+4
  52: r0 = atomic64_cmpxchg((u64 *)(r4 +0), r0, r2)
  53: if r0 == r5 goto pc+2
  54: if r2 <= r0 goto pc+1
  55: r0 = atomic64_cmpxchg((u64 *)(r4 +0), r0, r2)
  56: r0 = map[.bss][0]+0
  58: r2 = *(u16 *)(r0 +0)
  59: w2 &= 8191
  60: w2 += 5000
  61: w2 &= 8191
  62: *(u16 *)(r0 +0) = r2
  63: w0 = w1
  64: r3 = r1
  65: w3 &= 65535
  66: r2 = r1
  67: w2 &= 255
  68: r4 = *(u64 *)(r10 -72)
  69: *(u64 *)(r10 -24) = r4
  70: *(u64 *)(r10 -16) = r7
  71: *(u64 *)(r10 -40) = r1
  72: r3 <<= 32
  73: r0 |= r3
  74: r2 <<= 48
  75: r0 |= r2
  76: *(u64 *)(r10 -32) = r0
  77: r1 = map[table]
  79: r2 = r10
  80: r2 += -24
  81: r3 = r10
  82: r3 += -40
  83: w4 = 0
  84: call bpf_map_update_elem#2
  85: w0 >>= 31
  86: w0 ^= 1
  87: *(u64 *)(r10 -80) = r0
  88: *(u64 *)(r10 -16) = r8
  89: r1 = map[recent]
  91: r2 = r10
  92: r2 += -16
  93: call bpf_map_delete_elem#3
  94: r9 = r0
  95: w9 >>= 31
  96: w9 ^= 1
  97: r3 = *(u64 *)(r10 -72)
  98: *(u64 *)(r10 -24) = r3
  99: *(u64 *)(r10 -16) = r7
 100: r1 = map[table]
 102: r2 = r10
 103: r2 += -24
 104: call bpf_map_lookup_elem#1
 105: if r0 == 0x0 goto pc+49
 106: r2 = *(u64 *)(r0 +0)
 107: r1 = map[.rodata][0]+0
 109: r3 = *(u16 *)(r1 +0)
 110: w1 = 1
 111: if r2 < r3 goto pc+1
 112: w1 = 0
 113: w1 |= w9
 114: if w1 == 0x0 goto pc+64
 115: r2 = *(u64 *)(r10 -88)
 116: r1 = r2
 117: w1 &= 65535
 118: if w1 <= w3 goto pc+1
 119: r1 = r3
 120: r1 += r3
 121: if r1 <= 0xffff goto pc+1
 122: w1 = 65535
 123: r1 *= r3
 124: if r1 <= 0xffff goto pc+1
 125: w1 = 65535
 126: w1 /= w2
 127: r3 = r1
 128: w3 <<= w8
 129: if w8 < 0x20 goto pc+1
 130: w3 = 0
 131: r2 = r3
 132: w2 -= w7
 133: if w3 < w7 goto pc+42
 134: r0 = *(u64 *)(r10 -80)
 135: if w0 == 0x0 goto pc+1
 136: r1 = r2
 137: r2 = map[.data.sets][0]+0
 139: r4 = *(u32 *)(r2 +0)
 140: w1 %= w4
 141: *(u32 *)(r6 +48) = r1
 142: r0 = *(u32 *)(r6 +48)
 143: r1 = map[.data.sets][0]+0
 145: r1 = *(u32 *)(r1 +0)
 146: if w0 >= w1 goto pc+8
 147: if r0 >= 0x8 goto pc+7
 148: r1 = map[.data.sets][0]+8
 150: if w0 >= 0x4 goto pc+14
 151: if w0 >= 0x2 goto pc+8
 152: if w0 >= 0x1 goto pc+5
 153: r1 = *(u32 *)(r1 +0)
 154: if w1 != 0x0 goto pc+2
 155: w0 = -2
 156: exit
 157: exit
 158: r1 = *(u32 *)(r1 +4)
 159: goto pc-6
 160: if w0 >= 0x3 goto pc+2
 161: r1 = *(u32 *)(r1 +8)
 162: goto pc-9
 163: r1 = *(u32 *)(r1 +12)
 164: goto pc-11
 165: if w0 >= 0x6 goto pc+5
 166: if w0 >= 0x5 goto pc+2
 167: r1 = *(u32 *)(r1 +16)
 168: goto pc-15
 169: r1 = *(u32 *)(r1 +20)
 170: goto pc-17
 171: if w0 >= 0x7 goto pc+2
 172: r1 = *(u32 *)(r1 +24)
 173: goto pc-20
 174: r1 = *(u32 *)(r1 +28)
 175: goto pc-22
 176: r0 = *(u64 *)(r10 -80)
 177: w2 = 0
 178: goto pc-44
 179: r2 = *(u64 *)(r10 -88)
 180: r2 += 64
 181: if r2 > 0x7fffffff goto pc+6
 182: r3 = r10
 183: r3 += -8
 184: w4 = 1
 185: r1 = r6
 186: call bpf_skb_load_bytes#26
 187: if w0 == 0x0 goto pc+44
 188: r2 = *(u32 *)(r6 +76)
 189: r0 = *(u32 *)(r6 +80)
 190: r2 += 84
 191: if r2 > r0 goto pc+46
 192: r0 = *(u32 *)(r2 -17)
 193: r1 = *(u32 *)(r2 -11)
 194: r2 = *(u16 *)(r2 -7)
 195: r0 = be32 r0
 196: r3 = r1
 197: r3 = be32 r3
 198: r4 = r2
 199: r4 = be16 r4
 200: r3 <<= 16
 201: r3 |= r4
 202: r2 <<= 32
 203: r1 |= r2
 204: r3 -= r1
 205: r3 <<= 16
 206: r3 >>= 16
 207: w1 = w3
 208: w0 ^= w1
 209: w0 &= 3
 210: *(u32 *)(r6 +48) = r0
 211: r0 = *(u32 *)(r6 +48)
 212: r1 = map[.data.sets][0]+4
 214: r1 = *(u32 *)(r1 +0)
 215: if w0 >= w1 goto pc+7
 216: if r0 >= 0x4 goto pc+6
 217: r1 = map[.data.sets][0]+40
 219: if w0 >= 0x2 goto pc+7
 220: if w0 >= 0x1 goto pc+4
 221: r3 = *(u32 *)(r1 +0)
 222: if w3 != 0x0 goto pc-66
 223: w0 = -1
 224: exit
 225: r3 = *(u32 *)(r1 +4)
 226: goto pc-5
 227: if w0 >= 0x3 goto pc+2
 228: r3 = *(u32 *)(r1 +8)
 229: goto pc-8
 230: r3 = *(u32 *)(r1 +12)
 231: goto pc-10
 232: r0 = *(u8 *)(r10 -8)
 233: goto pc-24
 234: *(u64 *)(r10 -88) = r2
 235: goto pc-180
 236: w0 = -3
 237: exit
 238: w2 = 67
 239: r3 = r10
 240: r3 += -64
 241: w4 = 17
 242: r1 = r6
 243: call bpf_skb_load_bytes#26
 244: if w0 != 0x0 goto pc-90
 245: r0 = *(u32 *)(r10 -64)
 246: r1 = *(u16 *)(r10 -58)
 247: r2 = *(u16 *)(r10 -56)
 248: r2 <<= 16
 249: r1 |= r2
 250: r2 = *(u16 *)(r10 -54)
 251: goto pc-57
verifier: at most 1564 instructions
