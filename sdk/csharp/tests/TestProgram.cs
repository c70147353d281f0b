using System;
using System.Reflection;

namespace Elves.Tests
{
    /// <summary>
    /// Runs every public method of the classes whose names end in Tests, and ends with how many passed and failed.
    ///
    /// With the argument <c>worker</c> it is a worker instead, whose apps are in Apps.cs.
    /// </summary>
    public static class TestProgram
    {
        /// <summary>Returns 0 when all passed.</summary>
        public static int Main(string[] arguments)
        {
            if (arguments.Length == 1 && arguments[0] == "worker")
                return Program.Main();
            int passed = 0, failed = 0;
            foreach (var type in Assembly.GetExecutingAssembly().GetTypes())
            {
                if (type.Namespace != "Elves.Tests" || !type.Name.EndsWith("Tests", StringComparison.Ordinal))
                    continue;
                foreach (var test in type.GetMethods(
                    BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
                {
                    try
                    {
                        test.Invoke(null, null);
                        passed++;
                    }
                    catch (TargetInvocationException error)
                    {
                        failed++;
                        Console.WriteLine("FAILED " + type.Name + "." + test.Name + ": " + error.InnerException);
                    }
                }
            }
            Console.WriteLine(passed + " passed, " + failed + " failed");
            return failed == 0 && passed > 0 ? 0 : 1;
        }
    }
}
