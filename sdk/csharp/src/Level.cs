namespace Elves
{
    /// <summary>How much a log line matters.</summary>
    public enum Level
    {
        /// <summary>For whoever looks for a fault.</summary>
        Debug,

        /// <summary>What happened.</summary>
        Info,

        /// <summary>Something is not as it should be, and the function goes on.</summary>
        Warning,

        /// <summary>Something failed.</summary>
        Error,
    }
}
