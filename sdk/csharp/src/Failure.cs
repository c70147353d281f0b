using System;
using System.Text;

namespace Elves.Protocol
{
    /// <summary>Exceptions as texts, whatever their own code does.</summary>
    internal static class Failure
    {
        /// <summary>Returns <c>TypeName: message</c>, or the name alone.</summary>
        public static string Text(Exception error)
        {
            string message;
            try
            {
                message = error.Message;
            }
            catch (Exception)
            {
                message = null;
            }
            var name = error.GetType().Name;
            return string.IsNullOrEmpty(message) ? name : name + ": " + message;
        }

        /// <summary>Returns the text with the stack, without the frames that led to the app.</summary>
        public static string Trace(Exception error)
        {
            var text = new StringBuilder(Text(error));
            string stack = null;
            try
            {
                stack = error.StackTrace;
                for (var inner = error.InnerException; inner != null; inner = inner.InnerException)
                    text.Append("\ncaused by ").Append(Text(inner));
            }
            catch (Exception)
            {
                // The one-line text is better than no answer at all.
            }
            foreach (var frame in (stack ?? "").Split('\n'))
            {
                var isOurs = frame.Contains("at Elves.Protocol.");
                if (!isOurs && frame.Trim().Length > 0 && !frame.Contains("(wrapper "))
                    text.Append('\n').Append(frame.TrimEnd());
            }
            return text.ToString();
        }
    }
}
