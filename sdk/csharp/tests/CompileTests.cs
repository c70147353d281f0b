using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;

namespace Elves.Tests
{
    /// <summary>The script that compiles apps.</summary>
    public static class CompileTests
    {
        private const string Source = "public class tried { public Elves.Answer f(Elves.Param p) { return null; } }";

        public static void TheSameSourcesGiveTheSameBytesWhereverTheyLie()
        {
            using (var one = new Folder())
            using (var other = new Folder())
            {
                one.Write("tried.cs", Source);
                one.Write("src/more.cs", "class more {}");
                other.Write("src/more.cs", "class more {}");
                other.Write("tried.cs", Source);
                Expect.Equal(0, one.Compile());
                Expect.Equal(0, other.Compile());
                foreach (var name in new[] { "bin/tried.exe", "bin/tried.exe.mdb" })
                    Expect.Equal(one.Base64(name), other.Base64(name), name);
            }
        }

        public static void TestsAndHiddenFoldersAreLeftOut()
        {
            using (var folder = new Folder())
            {
                folder.Write("tried.cs", Source);
                folder.Write("tests/broken.cs", "class");
                folder.Write(".elves/broken.cs", "class");
                Expect.Equal(0, folder.Compile());
            }
        }

        public static void WhatHasNotChangedIsNotCompiledAgain()
        {
            using (var folder = new Folder())
            {
                folder.Write("tried.cs", Source);
                Expect.Equal(0, folder.Compile());
                var program = folder.Path("bin/tried.exe");
                File.WriteAllText(program, "as it was left");
                Expect.Equal(0, folder.Compile());
                Expect.Equal("as it was left", File.ReadAllText(program));
                folder.Write("tried.cs", Source);
                File.SetLastWriteTimeUtc(folder.Path("tried.cs"), DateTime.UtcNow.AddMinutes(1));
                Expect.Equal(0, folder.Compile());
                Expect.True(File.ReadAllText(program) != "as it was left", "it was not compiled");
            }
        }

        public static void WhatDoesNotCompileFails()
        {
            using (var folder = new Folder())
            {
                folder.Write("tried.cs", "class");
                Expect.True(folder.Compile() != 0, "it passed");
                Expect.Equal(false, File.Exists(folder.Path("bin/tried.exe")));
            }
        }

        /// <summary>A new folder, with a space in its name.</summary>
        private sealed class Folder : IDisposable
        {
            private readonly string root = System.IO.Path.Combine(
                System.IO.Path.GetTempPath(), "elves compile " + Guid.NewGuid().ToString("N"));

            public string Path(string name)
            {
                return System.IO.Path.Combine(root, name);
            }

            public void Write(string name, string text)
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name)));
                File.WriteAllText(Path(name), text);
            }

            public string Base64(string name)
            {
                return Convert.ToBase64String(File.ReadAllBytes(Path(name)));
            }

            public int Compile()
            {
                var script = System.IO.Path.Combine(
                    System.IO.Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location), "../../compile");
                var start = new ProcessStartInfo("/bin/sh", "\"" + script + "\" tried")
                {
                    UseShellExecute = false, WorkingDirectory = root, RedirectStandardError = true,
                    RedirectStandardOutput = true,
                };
                using (var shell = Process.Start(start))
                {
                    shell.StandardError.ReadToEnd();
                    shell.StandardOutput.ReadToEnd();
                    shell.WaitForExit();
                    return shell.ExitCode;
                }
            }

            public void Dispose()
            {
                Directory.Delete(root, true);
            }
        }
    }
}
