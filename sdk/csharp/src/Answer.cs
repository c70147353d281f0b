namespace Elves
{
    /// <summary>What a function of an app returns: whether it did what it is for, and a result.</summary>
    public sealed class Answer
    {
        private Answer(bool flag, object result)
        {
            Flag = flag;
            Result = result;
        }

        /// <summary>Whether the function did what it is for.</summary>
        public bool Flag { get; private set; }

        /// <summary>Any value that <see cref="Json.Write"/> takes.</summary>
        public object Result { get; private set; }

        /// <summary>The function did what it is for.</summary>
        public static Answer True(object result = null)
        {
            return new Answer(true, result);
        }

        /// <summary>The function did not; the result says what the caller should know.</summary>
        public static Answer False(object result = null)
        {
            return new Answer(false, result);
        }
    }
}
