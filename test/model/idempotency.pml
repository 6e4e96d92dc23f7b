/*
 * The protocol with leases as the TypeScript model in this folder has it, for another checker:
 *   spin -a idempotency.pml && gcc -O2 -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m100000
 * Each of the macros below takes one rule away, e.g. spin -DOVERWRITES -a idempotency.pml; the checker must then find an error.
 *   CLAIM_WITHOUT_EXCLUDING  NO_LOOK_AFTER_CLAIM  RELEASE_WITHOUT_TOKEN  RENEW_WITHOUT_TOKEN  OVERWRITES
 *   RELEASE_BEFORE_SAVE  RELEASE_ON_FAILED_SAVE  LATE_HOLDER_ANSWERS_ITS_OWN  FORGETS_LAPSES  RELEASE_ON_FAILED_OPEN
 */
#ifndef N
#define N 3
#endif
#define NONE 255

byte record = NONE;      /* whose answer the slot holds */
byte first = NONE;       /* whose answer it held first */
byte holder = NONE;      /* the last to hold the slot */
bool live = false;       /* whether it still does */
byte attempt = 0;
byte effects = 0;
byte reports = 0;        /* lapses that were reported */
byte leases = 0;         /* leases granted that neither lapsed nor were ended by their holder */
bool lapsedOnce = false;
bool granted[N], lapsed[N], effected[N];

inline grant(i)   { if :: granted[i] -> skip :: else -> granted[i] = true; leases++ fi; assert(leases <= 1) }       /* S3 */
inline ungrant(i) { if :: granted[i] -> granted[i] = false; leases-- :: else -> skip fi }

/* Asks for the slot; `a` is the attempt that was won, or 0. */
inline acquire(i, a) {
  if
#ifndef CLAIM_WITHOUT_EXCLUDING
  :: live && holder != i -> a = 0
  :: else ->
#else
  :: true ->
#endif
    if
    :: holder == i -> skip
    :: holder != i && holder == NONE -> attempt = 1
#ifdef FORGETS_LAPSES
    :: holder != i && holder != NONE -> attempt = 1
#else
    :: holder != i && holder != NONE -> if :: attempt < 4 -> attempt++ :: else -> skip fi
#endif
    fi;
    holder = i; live = true; a = attempt; grant(i)
  fi
}

inline release(i) {
  ungrant(i);
  if
#ifdef RELEASE_WITHOUT_TOKEN
  :: true ->
#else
  :: holder == i ->
#endif
    holder = NONE; live = false; attempt = 0
#ifndef RELEASE_WITHOUT_TOKEN
  :: else -> skip
#endif
  fi
}

inline renew(i) {
  if
#ifdef RENEW_WITHOUT_TOKEN
  :: true -> holder = i; live = true; grant(i)
#else
  :: holder == i -> live = true; grant(i)
  :: else -> skip
#endif
  fi
}

inline save(i, t) {
  if
  :: record == NONE -> record = i; if :: first == NONE -> first = i :: else -> skip fi
#ifdef OVERWRITES
  :: record != NONE -> record = i
#else
  :: record != NONE -> skip
#endif
  fi;
  assert(record == first);                                                                                          /* S1 */
  t = record
}

/* Nobody begins to run beside or after an effect unless one of the two leases has lapsed. */
inline begin(i) {
  byte j = 0;
  do
  :: j < N -> assert(!(effected[j] && !lapsed[j] && !lapsed[i])); j++                                                /* S5 */
  :: else -> break
  od
}

proctype Delivery(byte i) {
  byte a = 0, told = NONE;
ask:
  if
  :: atomic { record != NONE -> told = record; goto replay }
  :: atomic { record == NONE -> goto claim }
  fi;
claim:
  if
  :: atomic { true; acquire(i, a); if :: a == 0 -> goto waits :: else -> goto look fi }
  :: atomic { true; acquire(i, a); goto failedOpen }       /* the reply is lost */
  :: goto failedOpen                                  /* the request is lost */
  :: goto dead
  fi;
waits:
  if :: goto ask :: goto refused fi;
look:
  if
#ifndef NO_LOOK_AFTER_CLAIM
  :: atomic { record != NONE -> told = record; goto leave }
  :: atomic { record == NONE -> goto found }
#else
  :: goto found
#endif
  :: atomic { true; renew(i); goto look }
  :: goto failedOpen
  :: goto dead
  fi;
found:
  atomic { if :: a > 1 -> reports++ :: else -> skip fi; begin(i) }
execute:
  if
  :: atomic { effected[i] = true; effects++; assert(effects <= 1 + reports) }                                        /* S7 */
  :: atomic { true; renew(i); goto execute }
  :: goto giveUp
  :: goto dead
  fi;
#ifdef RELEASE_BEFORE_SAVE
  atomic { release(i) }
#endif
keep:
  if
  :: atomic { true; save(i, told); goto leave }
  :: atomic { true; save(i, told); goto deferred }          /* the reply is lost */
  :: goto deferred                                    /* the request is lost */
  :: atomic { true; renew(i); goto keep }
  :: goto dead
  fi;
deferred:
#ifdef RELEASE_ON_FAILED_SAVE
  goto giveUp;
#endif
  /* The client has its own answer: only a lapse can make it differ from the record. */
  if
  :: atomic { true; save(i, told); assert(told == i || lapsedOnce); goto giveUp }                                          /* S2 */
  :: atomic { true; renew(i); goto deferred }
  :: goto dead
  fi;
leave:
#ifdef LATE_HOLDER_ANSWERS_ITS_OWN
  told = (effected[i] -> i : told);
#endif
  if
  :: atomic { true; release(i) }
  :: skip                                             /* the request is lost */
  :: goto dead
  fi;
replay:
  assert(told == record);                                                                                           /* S2 */
  goto end;
failedOpen:
#ifdef RELEASE_ON_FAILED_OPEN
  goto giveUp;
#endif
  if
  :: atomic { true; acquire(i, a); if :: a == 1 -> goto giveUp :: else -> goto refused fi }
  :: goto refused
  fi;
giveUp:
  if
  :: atomic { true; release(i) }
  :: skip
  fi;
refused: skip;
dead: skip;
end: skip
}

/* Any lease may lapse at any time. */
active proctype Time() {
endTime:
  do
  :: atomic { live -> live = false; lapsed[holder] = true; lapsedOnce = true; ungrant(holder) }
  od
}

init { atomic { byte k = 0; do :: k < N -> run Delivery(k); k++ :: else -> break od } }
