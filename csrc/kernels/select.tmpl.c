/* What comparisons of vectors choose; INDEX: the integers of a vector's bits. */

#if IS_F64
#define INDEX sk_index64
#else
#define INDEX sk_index32
#endif

/* a where the comparison held, b elsewhere. */
SK_INLINE V FN(select)(INDEX held, V a, V b)
{
    INDEX x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    x = (x & held) | (y & ~held);
    memcpy(&a, &x, sizeof a);
    return a;
}
