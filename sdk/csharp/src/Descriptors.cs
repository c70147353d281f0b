namespace Elves.Protocol
{
    /// <summary>The descriptors of the protocol, out of the reach of accidents.</summary>
    internal static class Descriptors
    {
        /// <summary>
        /// Moves the protocol to two private descriptors.
        ///
        /// Afterwards descriptor 0 is empty and descriptor 1 leads to standard error, for the class libraries, for
        /// native code and for programs the app starts: whatever they print is a log line. The private ones are closed
        /// in programs started later.
        /// </summary>
        public static void Claim(out int reader, out int writer)
        {
            reader = Libc.PrivateCopy(0);
            writer = Libc.PrivateCopy(1);
            var empty = Libc.open(new[] { (byte)'/', (byte)'d', (byte)'e', (byte)'v', (byte)'/', (byte)'n', (byte)'u',
                (byte)'l', (byte)'l', (byte)0 }, Libc.ReadOnly);
            if (empty < 0) // a sandbox without devices
            {
                var both = new int[2];
                Libc.pipe(both);
                Libc.close(both[1]);
                empty = both[0];
            }
            if (empty != 0)
            {
                Libc.dup2(empty, 0);
                Libc.close(empty);
            }
            Libc.dup2(2, 1);
        }
    }
}
