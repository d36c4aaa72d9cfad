policy least (sk_reuseport), 225 words:
   0: *(u64 *)(r10 -16) = r1
   1: r0 = map[.data.sets][0]+0
   3: r9 = *(u32 *)(r0 +0)
   4: if w9 <= 0x0 goto pc+218
   5: *(u64 *)(r10 -8) = 0
   6: r1 = map[load]
   8: r2 = r10
   9: r2 += -8
  10: call bpf_map_lookup_elem#1
  11: if r0 == 0x0 goto pc+208
  12: r8 = *(u32 *)(r0 +0)
  13: if w8 >= 0xffffffff goto pc+206
  14: w7 = 0
  15: w6 = 1
  16: w6 += 0
  17: if w6 >= w9 goto pc+192
  18: *(u64 *)(r10 -8) = r6
  19: r1 = map[load]
  21: r2 = r10
  22: r2 += -8
  23: call bpf_map_lookup_elem#1
  24: if r0 == 0x0 goto pc+4
  25: r0 = *(u32 *)(r0 +0)
  26: if w0 >= w8 goto pc+2
  27: r7 = r6
  28: r8 = r0
  29: w6 += 1
  30: if w6 >= w9 goto pc+179
  31: *(u64 *)(r10 -8) = r6
  32: r1 = map[load]
  34: r2 = r10
  35: r2 += -8
  36: call bpf_map_lookup_elem#1
  37: if r0 == 0x0 goto pc+4
  38: r0 = *(u32 *)(r0 +0)
  39: if w0 >= w8 goto pc+2
  40: r7 = r6
  41: r8 = r0
  42: w6 += 1
  43: if w6 >= w9 goto pc+166
  44: *(u64 *)(r10 -8) = r6
  45: r1 = map[load]
  47: r2 = r10
  48: r2 += -8
  49: call bpf_map_lookup_elem#1
  50: if r0 == 0x0 goto pc+4
  51: r0 = *(u32 *)(r0 +0)
  52: if w0 >= w8 goto pc+2
  53: r7 = r6
  54: r8 = r0
  55: w6 += 1
  56: if w6 >= w9 goto pc+153
  57: *(u64 *)(r10 -8) = r6
  58: r1 = map[load]
  60: r2 = r10
  61: r2 += -8
  62: call bpf_map_lookup_elem#1
  63: if r0 == 0x0 goto pc+4
  64: r0 = *(u32 *)(r0 +0)
  65: if w0 >= w8 goto pc+2
  66: r7 = r6
  67: r8 = r0
  68: w6 += 1
  69: if w6 >= w9 goto pc+140
  70: *(u64 *)(r10 -8) = r6
  71: r1 = map[load]
  73: r2 = r10
  74: r2 += -8
  75: call bpf_map_lookup_elem#1
  76: if r0 == 0x0 goto pc+4
  77: r0 = *(u32 *)(r0 +0)
  78: if w0 >= w8 goto pc+2
  79: r7 = r6
  80: r8 = r0
  81: w6 += 1
  82: if w6 >= w9 goto pc+127
  83: *(u64 *)(r10 -8) = r6
  84: r1 = map[load]
  86: r2 = r10
  87: r2 += -8
  88: call bpf_map_lookup_elem#1
  89: if r0 == 0x0 goto pc+4
  90: r0 = *(u32 *)(r0 +0)
  91: if w0 >= w8 goto pc+2
  92: r7 = r6
  93: r8 = r0
  94: w6 += 1
  95: if w6 >= w9 goto pc+114
  96: *(u64 *)(r10 -8) = r6
  97: r1 = map[load]
  99: r2 = r10
 100: r2 += -8
 101: call bpf_map_lookup_elem#1
 102: if r0 == 0x0 goto pc+4
 103: r0 = *(u32 *)(r0 +0)
 104: if w0 >= w8 goto pc+2
 105: r7 = r6
 106: r8 = r0
 107: w6 += 1
 108: if w6 >= w9 goto pc+101
 109: *(u64 *)(r10 -8) = r6
 110: r1 = map[load]
 112: r2 = r10
 113: r2 += -8
 114: call bpf_map_lookup_elem#1
 115: if r0 == 0x0 goto pc+4
 116: r3 = *(u32 *)(r0 +0)
 117: if w3 >= w8 goto pc+2
 118: r7 = r6
 119: r8 = r3
 120: w6 += 1
 121: if w6 >= w9 goto pc+88
 122: *(u64 *)(r10 -8) = r6
 123: r1 = map[load]
 125: r2 = r10
 126: r2 += -8
 127: call bpf_map_lookup_elem#1
 128: if r0 == 0x0 goto pc+4
 129: r0 = *(u32 *)(r0 +0)
 130: if w0 >= w8 goto pc+2
 131: r7 = r6
 132: r8 = r0
 133: w6 += 1
 134: if w6 >= w9 goto pc+75
 135: *(u64 *)(r10 -8) = r6
 136: r1 = map[load]
 138: r2 = r10
 139: r2 += -8
 140: call bpf_map_lookup_elem#1
 141: if r0 == 0x0 goto pc+4
 142: r0 = *(u32 *)(r0 +0)
 143: if w0 >= w8 goto pc+2
 144: r7 = r6
 145: r8 = r0
 146: w6 += 1
 147: if w6 >= w9 goto pc+62
 148: *(u64 *)(r10 -8) = r6
 149: r1 = map[load]
 151: r2 = r10
 152: r2 += -8
 153: call bpf_map_lookup_elem#1
 154: if r0 == 0x0 goto pc+4
 155: r0 = *(u32 *)(r0 +0)
 156: if w0 >= w8 goto pc+2
 157: r7 = r6
 158: r8 = r0
 159: w6 += 1
 160: if w6 >= w9 goto pc+49
 161: *(u64 *)(r10 -8) = r6
 162: r1 = map[load]
 164: r2 = r10
 165: r2 += -8
 166: call bpf_map_lookup_elem#1
 167: if r0 == 0x0 goto pc+4
 168: r0 = *(u32 *)(r0 +0)
 169: if w0 >= w8 goto pc+2
 170: r7 = r6
 171: r8 = r0
 172: w6 += 1
 173: if w6 >= w9 goto pc+36
 174: *(u64 *)(r10 -8) = r6
 175: r1 = map[load]
 177: r2 = r10
 178: r2 += -8
 179: call bpf_map_lookup_elem#1
 180: if r0 == 0x0 goto pc+4
 181: r0 = *(u32 *)(r0 +0)
 182: if w0 >= w8 goto pc+2
 183: r7 = r6
 184: r8 = r0
 185: w6 += 1
 186: if w6 >= w9 goto pc+23
 187: *(u64 *)(r10 -8) = r6
 188: r1 = map[load]
 190: r2 = r10
 191: r2 += -8
 192: call bpf_map_lookup_elem#1
 193: if r0 == 0x0 goto pc+4
 194: r1 = *(u32 *)(r0 +0)
 195: if w1 >= w8 goto pc+2
 196: r7 = r6
 197: r8 = r1
 198: w6 += 1
 199: if w6 >= w9 goto pc+10
 200: *(u64 *)(r10 -8) = r6
 201: r1 = map[load]
 203: r2 = r10
 204: r2 += -8
 205: call bpf_map_lookup_elem#1
 206: if r0 == 0x0 goto pc+3
 207: r0 = *(u32 *)(r0 +0)
 208: if w0 >= w8 goto pc+1
 209: r7 = r6
 210: *(u64 *)(r10 -8) = r7
 211: r2 = map[workers]
 213: r3 = r10
 214: r3 += -8
 215: w4 = 0
 216: r1 = *(u64 *)(r10 -16)
 217: call bpf_sk_select_reuseport#82
 218: w0 = 1
 219: exit
 220: w7 = 0
 221: w8 = -1
 222: goto pc-208
 223: *(u64 *)(r10 -8) = 0
 224: goto pc-14
twin least_twin (tc), 281 words:
   0: *(u64 *)(r10 -16) = r1
   1: r0 = map[.data.script][0]+36
   3: r0 = *(u32 *)(r0 +0)
   4: if w0 != 0x40 goto pc+274
   5: r0 = map[.data.sets][0]+0
   7: r6 = *(u32 *)(r0 +0)
   8: if w6 <= 0x0 goto pc+268
   9: *(u64 *)(r10 -8) = 0
  10: r1 = map[load]
  12: r2 = r10
  13: r2 += -8
  14: call bpf_map_lookup_elem#1
  15: if r0 == 0x0 goto pc+258
  16: r8 = *(u32 *)(r0 +0)
  17: if w8 >= 0xffffffff goto pc+256
  18: w9 = 0
  19: w7 = 1
  20: w7 += 0
  21: if w7 >= w6 goto pc+192
  22: *(u64 *)(r10 -8) = r7
  23: r1 = map[load]
  25: r2 = r10
  26: r2 += -8
  27: call bpf_map_lookup_elem#1
  28: if r0 == 0x0 goto pc+4
  29: r0 = *(u32 *)(r0 +0)
  30: if w0 >= w8 goto pc+2
  31: r8 = r0
  32: r9 = r7
  33: w7 += 1
  34: if w7 >= w6 goto pc+179
  35: *(u64 *)(r10 -8) = r7
  36: r1 = map[load]
  38: r2 = r10
  39: r2 += -8
  40: call bpf_map_lookup_elem#1
  41: if r0 == 0x0 goto pc+4
  42: r0 = *(u32 *)(r0 +0)
  43: if w0 >= w8 goto pc+2
  44: r8 = r0
  45: r9 = r7
  46: w7 += 1
  47: if w7 >= w6 goto pc+166
  48: *(u64 *)(r10 -8) = r7
  49: r1 = map[load]
  51: r2 = r10
  52: r2 += -8
  53: call bpf_map_lookup_elem#1
  54: if r0 == 0x0 goto pc+4
  55: r0 = *(u32 *)(r0 +0)
  56: if w0 >= w8 goto pc+2
  57: r8 = r0
  58: r9 = r7
  59: w7 += 1
  60: if w7 >= w6 goto pc+153
  61: *(u64 *)(r10 -8) = r7
  62: r1 = map[load]
  64: r2 = r10
  65: r2 += -8
  66: call bpf_map_lookup_elem#1
  67: if r0 == 0x0 goto pc+4
  68: r0 = *(u32 *)(r0 +0)
  69: if w0 >= w8 goto pc+2
  70: r8 = r0
  71: r9 = r7
  72: w7 += 1
  73: if w7 >= w6 goto pc+140
  74: *(u64 *)(r10 -8) = r7
  75: r1 = map[load]
  77: r2 = r10
  78: r2 += -8
  79: call bpf_map_lookup_elem#1
  80: if r0 == 0x0 goto pc+4
  81: r0 = *(u32 *)(r0 +0)
  82: if w0 >= w8 goto pc+2
  83: r8 = r0
  84: r9 = r7
  85: w7 += 1
  86: if w7 >= w6 goto pc+127
  87: *(u64 *)(r10 -8) = r7
  88: r1 = map[load]
  90: r2 = r10
  91: r2 += -8
  92: call bpf_map_lookup_elem#1
  93: if r0 == 0x0 goto pc+4
  94: r0 = *(u32 *)(r0 +0)
  95: if w0 >= w8 goto pc+2
  96: r8 = r0
  97: r9 = r7
  98: w7 += 1
  99: if w7 >= w6 goto pc+114
 100: *(u64 *)(r10 -8) = r7
 101: r1 = map[load]
 103: r2 = r10
 104: r2 += -8
 105: call bpf_map_lookup_elem#1
 106: if r0 == 0x0 goto pc+4
 107: r0 = *(u32 *)(r0 +0)
 108: if w0 >= w8 goto pc+2
 109: r8 = r0
 110: r9 = r7
 111: w7 += 1
 112: if w7 >= w6 goto pc+101
 113: *(u64 *)(r10 -8) = r7
 114: r1 = map[load]
 116: r2 = r10
 117: r2 += -8
 118: call bpf_map_lookup_elem#1
 119: if r0 == 0x0 goto pc+4
 120: r0 = *(u32 *)(r0 +0)
 121: if w0 >= w8 goto pc+2
 122: r8 = r0
 123: r9 = r7
 124: w7 += 1
 125: if w7 >= w6 goto pc+88
 126: *(u64 *)(r10 -8) = r7
 127: r1 = map[load]
 129: r2 = r10
 130: r2 += -8
 131: call bpf_map_lookup_elem#1
 132: if r0 == 0x0 goto pc+4
 133: r0 = *(u32 *)(r0 +0)
 134: if w0 >= w8 goto pc+2
 135: r8 = r0
 136: r9 = r7
 137: w7 += 1
 138: if w7 >= w6 goto pc+75
 139: *(u64 *)(r10 -8) = r7
 140: r1 = map[load]
 142: r2 = r10
 143: r2 += -8
 144: call bpf_map_lookup_elem#1
 145: if r0 == 0x0 goto pc+4
 146: r0 = *(u32 *)(r0 +0)
 147: if w0 >= w8 goto pc+2
 148: r8 = r0
 149: r9 = r7
 150: w7 += 1
 151: if w7 >= w6 goto pc+62
 152: *(u64 *)(r10 -8) = r7
 153: r1 = map[load]
 155: r2 = r10
 156: r2 += -8
 157: call bpf_map_lookup_elem#1
 158: if r0 == 0x0 goto pc+4
 159: r0 = *(u32 *)(r0 +0)
 160: if w0 >= w8 goto pc+2
 161: r8 = r0
 162: r9 = r7
 163: w7 += 1
 164: if w7 >= w6 goto pc+49
 165: *(u64 *)(r10 -8) = r7
 166: r1 = map[load]
 168: r2 = r10
 169: r2 += -8
 170: call bpf_map_lookup_elem#1
 171: if r0 == 0x0 goto pc+4
 172: r0 = *(u32 *)(r0 +0)
 173: if w0 >= w8 goto pc+2
 174: r8 = r0
 175: r9 = r7
 176: w7 += 1
 177: if w7 >= w6 goto pc+36
 178: *(u64 *)(r10 -8) = r7
 179: r1 = map[load]
 181: r2 = r10
 182: r2 += -8
 183: call bpf_map_lookup_elem#1
 184: if r0 == 0x0 goto pc+4
 185: r0 = *(u32 *)(r0 +0)
 186: if w0 >= w8 goto pc+2
 187: r8 = r0
 188: r9 = r7
 189: w7 += 1
 190: if w7 >= w6 goto pc+23
 191: *(u64 *)(r10 -8) = r7
 192: r1 = map[load]
 194: r2 = r10
 195: r2 += -8
 196: call bpf_map_lookup_elem#1
 197: if r0 == 0x0 goto pc+4
 198: r0 = *(u32 *)(r0 +0)
 199: if w0 >= w8 goto pc+2
 200: r8 = r0
 201: r9 = r7
 202: w7 += 1
 203: if w7 >= w6 goto pc+10
 204: *(u64 *)(r10 -8) = r7
 205: r1 = map[load]
 207: r2 = r10
 208: r2 += -8
 209: call bpf_map_lookup_elem#1
 210: if r0 == 0x0 goto pc+3
 211: r4 = *(u32 *)(r0 +0)
 212: if w4 >= w8 goto pc+1
 213: r9 = r7
 214: r1 = *(u64 *)(r10 -16)
 215: *(u32 *)(r1 +48) = r9
 216: r0 = *(u32 *)(r1 +48)
 217: r1 = map[.data.sets][0]+0
 219: r1 = *(u32 *)(r1 +0)
 220: if w0 >= w1 goto pc+9
 221: if r0 >= 0x10 goto pc+8
 222: r1 = map[.data.sets][0]+4
 224: if w0 >= 0x8 goto pc+26
 225: if w0 >= 0x4 goto pc+14
 226: if w0 >= 0x2 goto pc+8
 227: if w0 >= 0x1 goto pc+5
 228: r1 = *(u32 *)(r1 +0)
 229: if w1 != 0x0 goto pc+2
 230: w0 = -1
 231: exit
 232: exit
 233: r1 = *(u32 *)(r1 +4)
 234: goto pc-6
 235: if w0 >= 0x3 goto pc+2
 236: r1 = *(u32 *)(r1 +8)
 237: goto pc-9
 238: r1 = *(u32 *)(r1 +12)
 239: goto pc-11
 240: if w0 >= 0x6 goto pc+5
 241: if w0 >= 0x5 goto pc+2
 242: r1 = *(u32 *)(r1 +16)
 243: goto pc-15
 244: r1 = *(u32 *)(r1 +20)
 245: goto pc-17
 246: if w0 >= 0x7 goto pc+2
 247: r1 = *(u32 *)(r1 +24)
 248: goto pc-20
 249: r1 = *(u32 *)(r1 +28)
 250: goto pc-22
 251: if w0 >= 0xc goto pc+11
 252: if w0 >= 0xa goto pc+5
 253: if w0 >= 0x9 goto pc+2
 254: r1 = *(u32 *)(r1 +32)
 255: goto pc-27
 256: r1 = *(u32 *)(r1 +36)
 257: goto pc-29
 258: if w0 >= 0xb goto pc+2
 259: r1 = *(u32 *)(r1 +40)
 260: goto pc-32
 261: r1 = *(u32 *)(r1 +44)
 262: goto pc-34
 263: if w0 >= 0xe goto pc+5
 264: if w0 >= 0xd goto pc+2
 265: r1 = *(u32 *)(r1 +48)
 266: goto pc-38
 267: r1 = *(u32 *)(r1 +52)
 268: goto pc-40
 269: if w0 >= 0xf goto pc+2
 270: r1 = *(u32 *)(r1 +56)
 271: goto pc-43
 272: r1 = *(u32 *)(r1 +60)
 273: goto pc-45
 274: w9 = 0
 275: w8 = -1
 276: goto pc-258
 277: w9 = 0
 278: goto pc-65
 279: w0 = -3
 280: exit
verifier: at most 3186 instructions
