namespace Elves.Protocol
{
    /// <summary>How a worker ends; the numbers are those of <c>sysexits.h</c>.</summary>
    internal static class ExitCode
    {
        public const int Done = 0;
        public const int Refused = 65;
        public const int NotLoaded = 70;
        public const int HostGone = 74;
    }
}
